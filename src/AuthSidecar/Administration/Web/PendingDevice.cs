using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace AuthSidecar.Administration.Web;

/// <summary>
/// The code that a browser is about to decide on, over a login: encrypted in a cookie, since an address would leave it in histories and
/// logs. In the form of the decision it is encrypted too, for one session, so that the form decides on the request that its page showed.
/// </summary>
internal sealed class PendingDevice(IDataProtectionProvider protection)
{
    public const string Cookie = "__Host-authsidecar-device";
    private const string OfferCookie = "__Host-authsidecar-device-offer";
    private static readonly TimeSpan _life = TimeSpan.FromMinutes(15);
    private readonly ITimeLimitedDataProtector _cookies = protection
        .CreateProtector("authsidecar pending device v1")
        .ToTimeLimitedDataProtector();
    private readonly ITimeLimitedDataProtector _offers = protection
        .CreateProtector("authsidecar offered device v1")
        .ToTimeLimitedDataProtector();
    private readonly ITimeLimitedDataProtector _forms = protection
        .CreateProtector("authsidecar device decision v1")
        .ToTimeLimitedDataProtector();

    /// <param name="http">Its answer sets the cookie.</param>
    /// <param name="code">In normal form.</param>
    public void Keep(HttpContext http, string code) =>
        http.Response.Cookies.Append(Cookie, _cookies.Protect(code, _life), DeviceCookies.Options(_life));

    /// <returns>The code in normal form; null: none.</returns>
    public string? Find(HttpContext http) => Open(_cookies, http.Request.Cookies[Cookie]);

    public static void Forget(HttpContext http) => http.Response.Cookies.Delete(Cookie, DeviceCookies.Options(null));

    /// <summary>Keeps the code of a link until the person has compared it, so that it leaves the address.</summary>
    /// <param name="http">Its answer sets the cookie.</param>
    /// <param name="code">In normal form.</param>
    public void Offer(HttpContext http, string code) =>
        http.Response.Cookies.Append(OfferCookie, _offers.Protect(code, _life), DeviceCookies.Options(_life));

    /// <returns>The code of a link in normal form; null: none.</returns>
    public string? FindOffered(HttpContext http) => Open(_offers, http.Request.Cookies[OfferCookie]);

    public static void ForgetOffered(HttpContext http) => http.Response.Cookies.Delete(OfferCookie, DeviceCookies.Options(null));

    /// <summary>Value of a hidden field of the decision's form.</summary>
    public string FormOf(string code, string person) => _forms.Protect($"{code} {person}", _life);

    /// <returns>The code in normal form; null: not from a page of this person, or too old.</returns>
    public string? OfForm(string? text, string person) =>
        Open(_forms, text)?.Split(' ', 2) is [{ } code, { } of] && of == person ? code : null;

    private static string? Open(ITimeLimitedDataProtector protector, string? text)
    {
        try
        {
            return string.IsNullOrEmpty(text) ? null : protector.Unprotect(text);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
