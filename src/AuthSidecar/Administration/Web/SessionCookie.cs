using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace AuthSidecar.Administration.Web;

/// <summary>Person of a session that has ended, whose browser still sent the cookie.</summary>
internal sealed record EndedSession(string UserId);

/// <summary>The cookie of a session. It counts only while its row in the store does.</summary>
internal sealed class SessionCookie(CallerReader callers) : CookieAuthenticationEvents
{
    public const string Name = "__Host-authsidecar-session";

    public static void Configure(CookieAuthenticationOptions cookie, ConsoleOptions console)
    {
        cookie.Cookie.Name = Name;
        cookie.Cookie.Path = "/";
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.Cookie.SecurePolicy = CookieSecurePolicy.Always;
        cookie.ExpireTimeSpan = console.SessionLifetime;
        cookie.SlidingExpiration = false;
        cookie.EventsType = typeof(SessionCookie);
    }

    public override async Task ValidatePrincipal(CookieValidatePrincipalContext context)
    {
        var http = context.HttpContext;
        var hash = SessionSecret.Hash(context.Principal?.FindFirstValue(Principals.SessionSecret));
        var state = hash is null ? null : await callers.FindSessionAsync(hash, http.RequestAborted);
        if (state is { Caller: { } caller })
        {
            http.Features.Set(caller);
            context.ReplacePrincipal(Principals.Of(caller, Schemes.Session));
            return;
        }

        if (state is not null)
        {
            http.Features.Set(new EndedSession(state.UserId));
        }

        context.RejectPrincipal();
    }
}

internal static class SessionContext
{
    /// <summary>
    /// Authenticates the session of the request's cookie, once, and sets it as the request's user.
    /// </summary>
    /// <returns>Null: no live session, or the request presents a key, beside which a cookie has no authority.</returns>
    public static async Task<Caller?> SessionAsync(this HttpContext http)
    {
        if (Schemes.HasKey(http.Request))
        {
            return null;
        }

        if (http.FindCaller() is { Kind: CallerKind.Session } known)
        {
            return known;
        }

        var result = await http.AuthenticateAsync(Schemes.Session);
        if (!result.Succeeded)
        {
            return null;
        }

        http.User = result.Principal;
        return http.Caller();
    }
}
