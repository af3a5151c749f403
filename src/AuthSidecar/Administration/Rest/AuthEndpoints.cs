using System.Text.Json;
using System.Text.Json.Serialization;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Antiforgery;

namespace AuthSidecar.Administration.Rest;

/// <summary>Login, logout and password of a person, with JSON.</summary>
internal static class AuthEndpoints
{
    private static readonly JsonSerializerOptions _strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static void MapAuth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/auth/login", LogInAsync).AllowAnonymous().WithCsrf(CsrfRule.JsonLogin);
        endpoints.MapPost("/auth/logout", LogOutAsync).AllowAnonymous().WithCsrf(CsrfRule.WithSession);
        endpoints.MapGet("/auth/me", Me).RequireAuthorization(ConsolePolicies.AnySession);
        endpoints.MapPost("/auth/reauthenticate", ReauthenticateAsync).RequireAuthorization(ConsolePolicies.AnySession);
        endpoints.MapPost("/auth/password", SetPasswordAsync).RequireAuthorization(ConsolePolicies.AnySession);
    }

    private static async Task LogInAsync(HttpContext http, LogIn logIn, SignIn signIn, KnownBrowsers browsers, IAntiforgery antiforgery)
    {
        var body = await ReadAsync<LoginBody>(http);
        var result = await logIn.RunAsync(
            new(body.Username, body.Password, http.ClientAddress(), browsers.Knows(http, body.Username)),
            http.RequestAborted
        );
        if (result.User is not { } user)
        {
            await http.RefuseAsync(DenialOf(result, "invalid_login", "The name or the password is wrong."));
            return;
        }

        await signIn.SignInAsync(http, user, result.MustChangePassword);
        await http.Response.WriteAsJsonAsync(
            new
            {
                user.Id,
                user.Name,
                user.DisplayName,
                Role = RoleOf(user.Role),
                LastLoginAt = result.PreviousLoginAt,
                result.MustChangePassword,
                CsrfToken = TokenOf(http, antiforgery),
            },
            http.RequestAborted
        );
    }

    private static async Task LogOutAsync(HttpContext http, SignIn signIn)
    {
        await signIn.SignOutAsync(http);
        await http.Response.WriteAsJsonAsync(new { Ok = true }, http.RequestAborted);
    }

    private static async Task Me(HttpContext http, IAntiforgery antiforgery)
    {
        var caller = http.Caller();
        await http.Response.WriteAsJsonAsync(
            new
            {
                Id = caller.UserId,
                caller.Name,
                caller.DisplayName,
                caller.Email,
                Role = RoleOf(caller.Role),
                Status = "active",
                caller.MustChangePassword,
                CsrfToken = TokenOf(http, antiforgery),
            },
            http.RequestAborted
        );
    }

    private static async Task ReauthenticateAsync(HttpContext http, Reauthenticate reauthenticate)
    {
        var body = await ReadAsync<ReauthenticationBody>(http);
        var result = await reauthenticate.RunAsync(http.Caller().SessionId!, body.Password, http.ClientAddress(), http.RequestAborted);
        await (
            result.User is null
                ? http.RefuseAsync(
                    DenialOf(result, "wrong_password", "The password is wrong.") is { Status: 401 } wrong
                        ? wrong with
                        {
                            Status = StatusCodes.Status403Forbidden,
                        }
                        : DenialOf(result, "", "")
                )
                : http.Response.WriteAsJsonAsync(new { Ok = true }, http.RequestAborted)
        );
    }

    private static async Task SetPasswordAsync(HttpContext http, SetPassword setPassword)
    {
        var body = await ReadAsync<PasswordBody>(http);
        var caller = http.Caller();
        var outcome = await setPassword.RunAsync(
            new(caller.UserId!, body.Current, body.New) { SessionId = caller.SessionId, Address = http.ClientAddress() },
            http.RequestAborted
        );
        await (
            outcome.Refusal is { } refusal
                ? http.RefuseAsync(DenialOf(refusal))
                : http.Response.WriteAsJsonAsync(new { Ok = true }, http.RequestAborted)
        );
    }

    private static Denial DenialOf(LoginResult result, string word, string message) =>
        result.Failure switch
        {
            LoginFailure.Throttled => new(
                "login_throttled",
                StatusCodes.Status429TooManyRequests,
                "Too many attempts; wait before the next."
            )
            {
                RetryAfter = result.RetryAfter,
            },
            LoginFailure.Busy => new("busy", StatusCodes.Status503ServiceUnavailable, "Too many logins at once; try again in a moment.")
            {
                RetryAfter = result.RetryAfter,
            },
            _ => new(word, StatusCodes.Status401Unauthorized, message),
        };

    private static Denial DenialOf(Refusal refusal) =>
        new(
            refusal.Code,
            refusal.Kind switch
            {
                RefusalKind.Invalid => StatusCodes.Status400BadRequest,
                RefusalKind.NotFound => StatusCodes.Status404NotFound,
                RefusalKind.Throttled => StatusCodes.Status429TooManyRequests,
                RefusalKind.Busy => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status409Conflict,
            },
            refusal.Message
        )
        {
            RetryAfter = refusal.RetryAfter,
        };

    private static async Task<T> ReadAsync<T>(HttpContext http)
        where T : class
    {
        if (!http.Request.HasJsonContentType())
        {
            throw new BadHttpRequestException("No JSON.", StatusCodes.Status415UnsupportedMediaType);
        }

        try
        {
            return await JsonSerializer.DeserializeAsync<T>(http.Request.Body, _strict, http.RequestAborted)
                ?? throw new BadHttpRequestException("No object.");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new BadHttpRequestException("No such object.", fault);
        }
    }

    private static string RoleOf(UserRole role) => role == UserRole.Admin ? "admin" : "user";

    private static string? TokenOf(HttpContext http, IAntiforgery antiforgery) => antiforgery.GetAndStoreTokens(http).RequestToken;

    private sealed record LoginBody(string Username, string Password)
    {
        public override string ToString() => nameof(LoginBody);
    }

    private sealed record ReauthenticationBody(string Password)
    {
        public override string ToString() => nameof(ReauthenticationBody);
    }

    private sealed record PasswordBody(string New, string? Current = null)
    {
        public override string ToString() => nameof(PasswordBody);
    }
}
