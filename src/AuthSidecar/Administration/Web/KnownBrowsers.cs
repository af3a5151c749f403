using System.Security.Cryptography;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.DataProtection;

namespace AuthSidecar.Administration.Web;

/// <summary>
/// Cookie with the names of the people that logged in with this browser, encrypted. Failed logins elsewhere do not lock it out.
/// </summary>
internal sealed class KnownBrowsers(IDataProtectionProvider protection)
{
    private const string Cookie = "__Host-authsidecar-browser";
    private const int MostPeople = 5;
    private static readonly TimeSpan _life = TimeSpan.FromDays(180);
    private readonly ITimeLimitedDataProtector _protector = protection
        .CreateProtector("authsidecar known browser v1")
        .ToTimeLimitedDataProtector();

    /// <summary>True if a person of this name logged in with this browser.</summary>
    public bool Knows(HttpContext http, string name) => Names(http).Contains(User.KeyOf(name));

    public void Remember(HttpContext http, string name)
    {
        var key = User.KeyOf(name);
        if (key.Contains(' ', StringComparison.Ordinal))
        {
            // Blanks separate the names. Names of today hold none; older ones may.
            return;
        }

        var names = new[] { key }.Concat(Names(http).Where(other => other != key)).Take(MostPeople);
        http.Response.Cookies.Append(
            Cookie,
            _protector.Protect(string.Join(' ', names), _life),
            new()
            {
                Path = "/",
                Secure = true,
                HttpOnly = true,
                SameSite = SameSiteMode.Lax,
                MaxAge = _life,
                IsEssential = true,
            }
        );
    }

    private string[] Names(HttpContext http)
    {
        try
        {
            return http.Request.Cookies[Cookie] is { Length: > 0 } value ? _protector.Unprotect(value).Split(' ') : [];
        }
        catch (CryptographicException)
        {
            return [];
        }
    }
}
