using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.DataProtection;

namespace AuthSidecar.Administration.ExternalApproval;

/// <summary>The <see cref="ApprovalGrant"/> of a browser, encrypted in a cookie. The prefix __Host- requires the path /.</summary>
internal sealed class ApprovalGrants(IDataProtectionProvider protection, LoginProviders providers, TimeProvider time)
{
    public const string Cookie = "__Host-authsidecar-device-grant";
    public const string Purpose = "authsidecar device grant v1";
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    private const int RandomBytes = 16;
    private static readonly JsonSerializerOptions _json = new()
    {
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };
    private readonly IDataProtector _protector = protection.CreateProtector(Purpose);

    /// <param name="http">Its answer sets the cookie.</param>
    /// <param name="person">The identity that was proved.</param>
    /// <param name="email">Verified address; null: none.</param>
    /// <param name="userCode">In normal form.</param>
    public void Give(HttpContext http, ExternalIdentity person, string? email, string userCode)
    {
        var grant = new ApprovalGrant
        {
            Issuer = person.Issuer,
            Subject = person.Subject,
            Email = email,
            UserCode = userCode,
            Nonce = Random(),
            CsrfToken = Random(),
            ExpiresAt = Instant.Now(time) + Life,
        };
        http.Response.Cookies.Append(Cookie, _protector.Protect(JsonSerializer.Serialize(grant, _json)), DeviceCookies.Options(Life));
    }

    /// <returns>
    /// Null: none, expired, incomplete, not from here, or of a provider that is not configured for people without an account any more.
    /// </returns>
    public ApprovalGrant? Find(HttpContext http) =>
        Open(http.Request.Cookies[Cookie]) is { } grant
        && grant.IsValid(time.GetUtcNow())
        && providers.FindEndUserIssuer(grant.Issuer) is not null
            ? grant
            : null;

    public static void Forget(HttpContext http) => http.Response.Cookies.Delete(Cookie, DeviceCookies.Options(null));

    /// <summary>The person in words: address or subject, and the provider.</summary>
    public string NameOf(ApprovalGrant grant) =>
        $"{grant.Email ?? grant.Subject} ({providers.FindEndUserIssuer(grant.Issuer)?.Title ?? grant.Issuer})";

    private ApprovalGrant? Open(string? text)
    {
        try
        {
            return string.IsNullOrEmpty(text) ? null : JsonSerializer.Deserialize<ApprovalGrant>(_protector.Unprotect(text), _json);
        }
        catch (Exception fault) when (fault is CryptographicException or JsonException)
        {
            return null;
        }
    }

    private static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
}
