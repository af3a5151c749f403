using System.Text.Json;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Access.Jwt;

/// <summary>
/// The used part of a token's header. Keys that it contains or references (<c>jwk</c>, <c>jku</c>, <c>x5c</c>, <c>x5u</c>) are ignored.
/// </summary>
/// <param name="Algorithm">Its <c>alg</c>.</param>
/// <param name="KeyId">Its <c>kid</c>, or null; only ever compared.</param>
internal sealed record JwtHeader(string Algorithm, string? KeyId)
{
    private const int LongestKeyId = 256;

    /// <summary>
    /// Null for a header with extensions that must be understood, or of a token of another type (RFC 8725 3.11), such as a logout token.
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
