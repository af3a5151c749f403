using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Web;
using AuthSidecar.Decisions.Vocabulary;
using Microsoft.AspNetCore.DataProtection;

namespace AuthSidecar.Administration.Pages.Device;

internal enum DeviceEnd
{
    Approved,
    Denied,

    /// <summary>Approved, and taken back.</summary>
    Revoked,
}

/// <summary>What a person decided, for the page after the decision.</summary>
/// <param name="End">The decision.</param>
/// <param name="Person">Id of the account that decided, or <c>ISSUER|SUBJECT</c> of an external identity.</param>
/// <param name="Device">Label of the device.</param>
/// <param name="Program">Title of the program.</param>
/// <param name="TokenId">Id of the device's token; null: denied.</param>
internal sealed record DeviceResult(DeviceEnd End, string Person, string Device, string Program, string? TokenId)
{
    /// <summary>Null: an account decided.</summary>
    [JsonIgnore]
    public ExternalIdentity? External => ExternalPerson.TrySplit(Person, out var issuer, out var subject) ? new(issuer, subject) : null;
}

/// <summary>The result, encrypted in a cookie, so that a reload of its page decides nothing again.</summary>
internal sealed class DeviceResults(IDataProtectionProvider protection)
{
    private const string Cookie = "__Host-authsidecar-device-result";
    private static readonly TimeSpan _life = TimeSpan.FromHours(1);
    private readonly ITimeLimitedDataProtector _protector = protection
        .CreateProtector("authsidecar device result v1")
        .ToTimeLimitedDataProtector();

    public void Keep(HttpContext http, DeviceResult result) =>
        http.Response.Cookies.Append(Cookie, _protector.Protect(JsonSerializer.Serialize(result), _life), DeviceCookies.Options(_life));

    /// <returns>Null: none, or another person's.</returns>
    public DeviceResult? Find(HttpContext http, string person) => Open(http) is { } result && result.Person == person ? result : null;

    /// <returns>Null: none, or an account's.</returns>
    public DeviceResult? FindExternal(HttpContext http) => Open(http) is { External: not null } result ? result : null;

    private DeviceResult? Open(HttpContext http)
    {
        try
        {
            return http.Request.Cookies[Cookie] is { Length: > 0 } text
                ? JsonSerializer.Deserialize<DeviceResult>(_protector.Unprotect(text))
                : null;
        }
        catch (Exception fault) when (fault is CryptographicException or JsonException)
        {
            return null;
        }
    }
}
