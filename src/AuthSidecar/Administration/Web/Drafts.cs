using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace AuthSidecar.Administration.Web;

/// <summary>Fields of a form whose session had ended, to be sent again after the login. Never a password.</summary>
/// <param name="Path">Path and query of the form's target.</param>
/// <param name="UserId">Person of the ended session.</param>
/// <param name="Fields">Names and values, in order.</param>
internal sealed record Draft(string Path, string UserId, IReadOnlyList<KeyValuePair<string, string>> Fields);

/// <summary>The draft of a request, encrypted for a hidden field of the login page.</summary>
/// <param name="Text">Null: the form was too large to keep.</param>
internal sealed record KeptDraft(string? Text);

/// <summary>Keeps the typed text of a form over a login, encrypted in the login page.</summary>
internal sealed class Drafts(IDataProtectionProvider protection, OwnOrigins origins)
{
    private const int MostFields = 100;

    // With name and password it must fit into the body of a login.
    private const int LongestText = 48 * 1024;

    // With the cookies of a session and of a sign-in it must fit into the headers that a proxy lets through.
    private const int LongestCookie = 3500;
    private const string Cookie = "__Host-authsidecar-draft";
    private const string Page = "/ui/draft";

    // Escapes of HTML would double the length; the text is encrypted.
    private static readonly JsonSerializerOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly TimeSpan _life = TimeSpan.FromHours(1);
    private static readonly TimeSpan _cookieLife = TimeSpan.FromMinutes(15);
    private static readonly string[] _secret = ["password", "secret", "token", "current", "csrf"];
    private readonly ITimeLimitedDataProtector _protector = protection.CreateProtector("authsidecar draft v1").ToTimeLimitedDataProtector();

    /// <summary>
    /// Keeps the form of a request from a page of the console; of other requests nothing, so that no foreign page fills in a form.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="userId">The person; null: unknown, and nothing is kept.</param>
    public async Task KeepAsync(HttpContext http, string? userId)
    {
        var path = $"{http.Request.Path}{http.Request.QueryString}";
        if (userId is null || !http.Request.HasFormContentType || !origins.IsOwn(http) || !ReturnPath.IsSafe(path))
        {
            return;
        }

        if (await ReadAsync(http) is not { } form)
        {
            return;
        }

        var fields = form.Where(field => !Array.Exists(_secret, word => field.Key.Contains(word, StringComparison.OrdinalIgnoreCase)))
            .SelectMany(field => field.Value.Select(value => KeyValuePair.Create(field.Key, value ?? "")))
            .ToList();
        var text =
            fields.Count > MostFields ? null : _protector.Protect(JsonSerializer.Serialize(new Draft(path, userId, fields), _json), _life);
        http.Features.Set(new KeptDraft(text?.Length > LongestText ? null : text));
    }

    /// <summary>True if a browser can carry the draft to an identity provider and back.</summary>
    public static bool IsPortable(string? text) => text is { Length: > 0 and <= LongestCookie };

    /// <summary>Gives the browser a draft for the way to an identity provider and back.</summary>
    /// <param name="http">The request that starts the sign-in.</param>
    /// <param name="text">The draft; null: none.</param>
    /// <param name="path">Path to return to without a draft.</param>
    /// <returns>Path to return to: the page of the draft, if there is one and it is not too long.</returns>
    public static string? Carry(HttpContext http, string? text, string? path)
    {
        if (!IsPortable(text))
        {
            return path;
        }

        http.Response.Cookies.Append(
            Cookie,
            text!,
            new()
            {
                HttpOnly = true,
                Secure = true,
                SameSite = SameSiteMode.Lax,
                Path = "/",
                MaxAge = _cookieLife,
                IsEssential = true,
            }
        );
        return Page;
    }

    /// <returns>The draft that the browser carried; null: none, expired, not from here, or of another person.</returns>
    public Draft? OpenCarried(HttpContext http, string userId) => Open(http.Request.Cookies[Cookie], userId);

    /// <returns>The draft; null: none, expired, not from here, or of another person.</returns>
    public Draft? Open(string? text, string userId)
    {
        try
        {
            var draft = string.IsNullOrEmpty(text) ? null : JsonSerializer.Deserialize<Draft>(_protector.Unprotect(text));
            return draft?.UserId == userId ? draft : null;
        }
        catch (Exception fault) when (fault is CryptographicException or JsonException)
        {
            return null;
        }
    }

    /// <returns>Null: the form cannot be read.</returns>
    private static async Task<IFormCollection?> ReadAsync(HttpContext http)
    {
        try
        {
            return await http.Request.ReadFormAsync(http.RequestAborted);
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException and not BadHttpRequestException)
        {
            return null;
        }
    }
}
