using System.Text.Json;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Access.Jwt;

/// <summary>
/// <c>alg</c> and <c>kid</c> of a token. Keys that its header contains or references (<c>jwk</c>, <c>jku</c>, <c>x5c</c>, <c>x5u</c>) are
/// ignored.
/// </summary>
/// <param name="Algorithm">Its <c>alg</c>.</param>
/// <param name="KeyId">Its <c>kid</c>, or null; only compared, never resolved.</param>
internal sealed record JwtHeader(string Algorithm, string? KeyId)
{
    private const int LongestKeyId = 256;

    /// <summary>
    /// Null for a malformed header, one with critical extensions, or another type of token (RFC 8725 3.11), such as a logout token.
    /// </summary>
    public static JwtHeader? Read(JsonElement header)
    {
        var keyId = StrictJson.Text(header, "kid");
        var isUnderstood = !header.TryGetProperty("crit", out _) && !header.TryGetProperty("b64", out _);
        return
            isUnderstood
            && StrictJson.Text(header, "alg") is { } algorithm
            && IsAccessOrIdToken(header)
            && (keyId is null ? !header.TryGetProperty("kid", out _) : keyId.Length is > 0 and <= LongestKeyId)
            ? new(algorithm, keyId)
            : null;
    }

    private static bool IsAccessOrIdToken(JsonElement header) =>
        !header.TryGetProperty("typ", out _)
        || StrictJson.Text(header, "typ")?.ToUpperInvariant() is "JWT" or "AT+JWT" or "APPLICATION/JWT" or "APPLICATION/AT+JWT";
}
