using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using AuthSidecar.Decisions.Text;
using Microsoft.IdentityModel.Tokens;

namespace AuthSidecar.Access.Jwt;

/// <summary>One public key of an issuer.</summary>
/// <param name="KeyId">Its <c>kid</c>, or null.</param>
/// <param name="Key">The public key.</param>
/// <param name="Algorithms">Algorithms of its type, restricted to its <c>alg</c> if present.</param>
internal sealed record SigningKey(string? KeyId, SecurityKey Key, IReadOnlyList<string> Algorithms)
{
    private const int MostKeys = 64;
    private const int LeastRsaBits = 2048;
    private const int MostRsaBits = 8192;
    private const int MostExponentBytes = 8;
    private static readonly string[] _rsa = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

    public bool Fits(JwtHeader header) => Algorithms.Contains(header.Algorithm) && KeyId == (header.KeyId ?? KeyId);

    /// <summary>The usable keys of a JSON Web Key Set (RFC 7517 5); keys of another type or use, or too weak, are skipped.</summary>
    /// <exception cref="IssuerException">Not a key set, or too large.</exception>
    public static IReadOnlyList<SigningKey> ReadSet(JsonElement set)
    {
        if (!set.TryGetProperty("keys", out var keys) || keys.ValueKind != JsonValueKind.Array)
        {
            throw new IssuerException("The key set has no array \"keys\".");
        }

        return keys.GetArrayLength() <= MostKeys
            ? [.. keys.EnumerateArray().Where(key => key.ValueKind == JsonValueKind.Object).Select(Read).OfType<SigningKey>()]
            : throw new IssuerException($"The key set holds more than {MostKeys} keys.");
    }

    private static SigningKey? Read(JsonElement key)
    {
        var keyId = StrictJson.Text(key, "kid");
        var mayVerify = !key.TryGetProperty("use", out _) || StrictJson.Text(key, "use") == "sig";
        if (!mayVerify || (keyId is null && key.TryGetProperty("kid", out _)))
        {
            return null;
        }

        (SecurityKey? made, string[] fitting) = StrictJson.Text(key, "kty") switch
        {
            "RSA" => (Rsa(key), _rsa),
            "EC" => (EllipticCurve(key, out var algorithm), [algorithm]),
            _ => ((SecurityKey?)null, Array.Empty<string>()),
        };
        string[] algorithms = key.TryGetProperty("alg", out _) ? [.. fitting.Where(one => one == StrictJson.Text(key, "alg"))] : fitting;
        if (made is null || algorithms.Length == 0)
        {
            return null;
        }

        made.KeyId = keyId;
        return new(keyId, made, algorithms);
    }

    private static RsaSecurityKey? Rsa(JsonElement key)
    {
        var modulus = Number(key, "n").AsSpan().TrimStart((byte)0);
        var exponent = Number(key, "e").AsSpan().TrimStart((byte)0);
        return modulus.Length * 8 is >= LeastRsaBits and <= MostRsaBits && exponent.Length is > 0 and <= MostExponentBytes
            ? new(new RSAParameters { Modulus = modulus.ToArray(), Exponent = exponent.ToArray() })
            : null;
    }

    private static ECDsaSecurityKey? EllipticCurve(JsonElement key, out string algorithm)
    {
        (algorithm, var curve, var bytes) = StrictJson.Text(key, "crv") switch
        {
            "P-256" => ("ES256", ECCurve.NamedCurves.nistP256, 32),
            "P-384" => ("ES384", ECCurve.NamedCurves.nistP384, 48),
            "P-521" => ("ES512", ECCurve.NamedCurves.nistP521, 66),
            _ => ("", default, 0),
        };
        var (x, y) = (Number(key, "x"), Number(key, "y"));
        if (bytes == 0 || x.Length != bytes || y.Length != bytes)
        {
            return null;
        }

        try
        {
            return new(ECDsa.Create(new ECParameters { Curve = curve, Q = { X = x, Y = y } }));
        }
        catch (CryptographicException)
        {
            // Not a point on the curve.
            return null;
        }
    }

    private static byte[] Number(JsonElement key, string name) =>
        StrictJson.Text(key, name) is { } text && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : [];
}
