using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authorization;

namespace AuthSidecar.Administration.Web;

/// <summary>How an endpoint is protected against forged requests; endpoints without this metadata have <see cref="Always"/>.</summary>
internal enum CsrfRule
{
    /// <summary>A token with each unsafe request, also before the login.</summary>
    Always,

    /// <summary>
    /// A token if the request has a session; without one, the origin: the cookie does not come with a form of another site.
    /// </summary>
    WithSession,

    /// <summary>A login with JSON, before which there is no token: the content type and the origin protect it.</summary>
    JsonLogin,

    /// <summary>An endpoint for programs that reads no cookie.</summary>
    NoCookies,

    /// <summary>A token that the endpoint compares by itself, and the origin; the session counts for nothing.</summary>
    OwnToken,
}

/// <summary>Binds tokens against forged requests to the session.</summary>
internal sealed class SessionTokens : IAntiforgeryAdditionalDataProvider
{
    public string GetAdditionalData(HttpContext context) => context.FindCaller()?.SessionId ?? "";

    public bool ValidateAdditionalData(HttpContext context, string additionalData) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(additionalData), Encoding.UTF8.GetBytes(GetAdditionalData(context)));
}

/// <summary>Refuses unsafe requests of browsers that another site could have caused, for pages and JSON alike.</summary>
internal sealed class CsrfProtection(RequestDelegate next, IAntiforgery antiforgery, OwnOrigins origins, Drafts drafts)
{
    public const string Header = "X-CSRF-Token";
    public const string Field = "csrf_token";
    private const string Cookie = "__Host-authsidecar-csrf";

    public static void Configure(AntiforgeryOptions options)
    {
        options.Cookie = new SecureCookie
        {
            Name = Cookie,
            Path = "/",
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            IsEssential = true,
        };
        options.HeaderName = Header;
        options.FormFieldName = Field;
        options.SuppressXFrameOptionsHeader = true;
    }

    public async Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        if (IsSafe(request.Method) || Schemes.IsForKey(http) || http.GetEndpoint() is not RouteEndpoint endpoint)
        {
            await next(http);
            return;
        }

        var rule = endpoint.Metadata.GetMetadata<CsrfMetadata>()?.Rule ?? CsrfRule.Always;
        var hasSession = rule is not (CsrfRule.NoCookies or CsrfRule.OwnToken) && await http.SessionAsync() is not null;
        var isRefusedAnyway = !hasSession && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null;
        switch (rule)
        {
            case CsrfRule.JsonLogin when !request.HasJsonContentType():
                await http.RefuseAsync(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "Send application/json.");
                return;
            case CsrfRule.JsonLogin when request.Headers.Origin != "null" && origins.IsOwn(http):
            case CsrfRule.WithSession when !hasSession && origins.IsOwn(http):
            case CsrfRule.NoCookies:
            case CsrfRule.OwnToken when origins.IsOwn(http):
            case CsrfRule.Always when isRefusedAnyway:
            case CsrfRule.Always or CsrfRule.WithSession when origins.IsOwn(http) && await IsTokenValidAsync(http):
                await next(http);
                return;
            case CsrfRule.Always when hasSession && await IsKeptAsync(http):
                http.Features.Set(new PageInstead("/ui/resend", StatusCodes.Status403Forbidden));
                return;
            default:
                await http.RefuseAsync(
                    StatusCodes.Status403Forbidden,
                    "csrf_failed",
                    $"The request lacks a valid {Header} of its session, or came from another site."
                );
                return;
        }
    }

    // A form of our own page, opened before a new login in another tab.
    private async Task<bool> IsKeptAsync(HttpContext http)
    {
        if (!Refusals.IsPage(http.Request) || !origins.IsOwnPage(http))
        {
            return false;
        }

        await drafts.KeepAsync(http, http.Caller().UserId);
        return http.Features.Get<KeptDraft>() is { Text: not null };
    }

    private async Task<bool> IsTokenValidAsync(HttpContext http)
    {
        try
        {
            await antiforgery.ValidateRequestAsync(http);
            return true;
        }
        catch (AntiforgeryValidationException fault) when (fault.InnerException is BadHttpRequestException)
        {
            throw fault.InnerException;
        }
        catch (AntiforgeryValidationException)
        {
            return false;
        }
    }

    private static bool IsSafe(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);

    // The framework's own Secure policy refuses plain http, over which browsers accept a Secure cookie on this machine.
    private sealed class SecureCookie : CookieBuilder
    {
        public override CookieOptions Build(HttpContext context, DateTimeOffset expiresFrom)
        {
            var cookie = base.Build(context, expiresFrom);
            cookie.Secure = true;
            return cookie;
        }
    }
}

internal sealed record CsrfMetadata(CsrfRule Rule);

internal static class CsrfExtensions
{
    public static TBuilder WithCsrf<TBuilder>(this TBuilder builder, CsrfRule rule)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new CsrfMetadata(rule));
}
