using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Antiforgery;

namespace AuthSidecar.Administration.Rest;

/// <summary>A name and its password, as typed.</summary>
internal sealed record LoginRequest(string Username, string Password)
{
    public override string ToString() => nameof(LoginRequest);
}

internal sealed record PasswordProof(string Password)
{
    public override string ToString() => nameof(PasswordProof);
}

/// <param name="New">The wanted password.</param>
/// <param name="Current">The password until now; null only while a one-time password must be replaced.</param>
internal sealed record NewPassword(string New, string? Current = null)
{
    public override string ToString() => nameof(NewPassword);
}

/// <summary>A person who has logged in.</summary>
/// <param name="LastLoginAt">The login before this one.</param>
/// <param name="CsrfToken">For the header <c>X-CSRF-Token</c> of unsafe requests of this session.</param>
internal sealed record LoginDocument(
    string Id,
    string Name,
    string? DisplayName,
    UserRole Role,
    DateTimeOffset? LastLoginAt,
    bool MustChangePassword,
    string? CsrfToken
);

/// <summary>The person of the session.</summary>
/// <param name="CsrfToken">For the header <c>X-CSRF-Token</c> of unsafe requests of this session.</param>
internal sealed record PersonDocument(
    string Id,
    string Name,
    string? DisplayName,
    string? Email,
    UserRole Role,
    UserStatus Status,
    bool MustChangePassword,
    string? CsrfToken
);

internal sealed record DoneDocument(bool Ok);

/// <summary>Login, logout and password of a person.</summary>
internal sealed class AuthEndpoints(
    LogIn logIn,
    Reauthenticate reauthenticate,
    SetPassword setPassword,
    SignIn signIn,
    KnownBrowsers browsers,
    IAntiforgery antiforgery
)
{
    public async Task<IResult> LogInAsync(HttpContext http)
    {
        var body = await http.ReadBodyAsync<LoginRequest>();
        var result = await logIn.RunAsync(
            new(body.Username, body.Password, http.ClientAddress(), browsers.Knows(http, body.Username)),
            http.RequestAborted
        );
        if (result.User is not { } user)
        {
            return Problem.Of(DenialOf(result, 401, "invalid_login", "The name or the password is wrong."), http.Response);
        }

        await signIn.SignInAsync(http, user, result.MustChangePassword, provedAt: result.ProvedAt);
        return RestAnswer.Of(
            new LoginDocument(
                user.Id,
                user.Name,
                user.DisplayName,
                user.Role,
                result.PreviousLoginAt,
                result.MustChangePassword,
                TokenOf(http)
            )
        );
    }

    public async Task<IResult> LogOutAsync(HttpContext http)
    {
        await signIn.SignOutAsync(http);
        return RestAnswer.Of(new DoneDocument(true));
    }

    public IResult Show(HttpContext http)
    {
        var caller = http.Caller();

        // Other users have no session.
        return RestAnswer.Of(
            new PersonDocument(
                caller.UserId!,
                caller.Name,
                caller.DisplayName,
                caller.Email,
                caller.Role,
                UserStatus.Active,
                caller.MustChangePassword,
                TokenOf(http)
            )
        );
    }

    public async Task<IResult> ReauthenticateAsync(HttpContext http)
    {
        var body = await http.ReadBodyAsync<PasswordProof>();
        var result = await reauthenticate.RunAsync(http.Caller().SessionId!, body.Password, http.ClientAddress(), http.RequestAborted);
        return result.User is null
            ? Problem.Of(DenialOf(result, 403, "wrong_password", "The password is wrong."), http.Response)
            : RestAnswer.Of(new DoneDocument(true));
    }

    public async Task<IResult> SetPasswordAsync(HttpContext http)
    {
        var body = await http.ReadBodyAsync<NewPassword>();
        var caller = http.Caller();
        var outcome = await setPassword.RunAsync(
            new(caller.UserId!, body.Current ?? (caller.MustChangePassword ? null : ""), body.New)
            {
                SessionId = caller.SessionId,
                Address = http.ClientAddress(),
            },
            http.RequestAborted
        );
        _ = outcome.OrRefuse();
        return RestAnswer.Of(new DoneDocument(true));
    }

    private static Denial DenialOf(LoginResult result, int status, string word, string message) =>
        result.Failure switch
        {
            LoginFailure.Throttled => new("login_throttled", 429, "Too many attempts; wait before the next.")
            {
                RetryAfter = result.RetryAfter,
            },
            LoginFailure.Busy => new("busy", 503, "Too many logins at once; try again in a moment.") { RetryAfter = result.RetryAfter },
            _ => new(word, status, message),
        };

    private string? TokenOf(HttpContext http) => antiforgery.GetAndStoreTokens(http).RequestToken;
}
