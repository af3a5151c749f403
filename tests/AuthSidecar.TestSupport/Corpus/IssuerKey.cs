using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>
/// A signing key of an issuer in tests. Tokens are assembled from RFC 7515 and 7518, independently of the library that verifies them in the
/// product.
/// </summary>
internal sealed class IssuerKey
{
    private readonly RSA? _rsa;
    private readonly ECDsa? _curve;

    private IssuerKey(string id, RSA? rsa, ECDsa? curve) => (Id, _rsa, _curve) = (id, rsa, curve);

    public string Id { get; }

    /// <summary>The default signing algorithm.</summary>
    public string Algorithm => _rsa is not null ? "RS256" : $"ES{_curve!.KeySize switch { 521 => 512, var bits => bits }}";

    public byte[] Modulus => _rsa!.ExportParameters(false).Modulus!;

    public static IssuerKey NewRsa(string id, int bits = 2048) => new(id, RSA.Create(bits), null);

    public static IssuerKey NewEllipticCurve(string id, ECCurve? curve = null) =>
        new(id, null, ECDsa.Create(curve ?? ECCurve.NamedCurves.nistP256));

    /// <summary>The key as an entry of a key set.</summary>
    public JsonObject Public()
    {
        if (_rsa is not null)
        {
            var numbers = _rsa.ExportParameters(false);
            return new()
            {
                ["kty"] = "RSA",
                ["use"] = "sig",
                ["kid"] = Id,
                ["n"] = Encode(numbers.Modulus!),
                ["e"] = Encode(numbers.Exponent!),
            };
        }

        var point = _curve!.ExportParameters(false).Q;
        var name = _curve.KeySize switch
        {
            256 => "P-256",
            384 => "P-384",
            _ => "P-521",
        };
        return new()
        {
            ["kty"] = "EC",
            ["use"] = "sig",
            ["kid"] = Id,
            ["crv"] = name,
            ["x"] = Encode(point.X!),
            ["y"] = Encode(point.Y!),
        };
    }

    /// <param name="claims">The payload.</param>
    /// <param name="change">Changes the header before it is signed.</param>
    public string Sign(JsonObject claims, Action<JsonObject>? change = null) => Sign(claims.ToJsonString(), change);

    public string Sign(string claims, Action<JsonObject>? change = null)
    {
        var header = new JsonObject
        {
            ["alg"] = Algorithm,
            ["typ"] = "JWT",
            ["kid"] = Id,
        };
        change?.Invoke(header);
        var covered = $"{Encode(header.ToJsonString())}.{Encode(claims)}";
        return $"{covered}.{Encode(Signature((string?)header["alg"], Encoding.ASCII.GetBytes(covered)))}";
    }

    public static string Encode(string text) => Encode(Encoding.UTF8.GetBytes(text));

    public static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    private byte[] Signature(string? algorithm, byte[] covered)
    {
        var hash = algorithm switch
        {
            [.., '3', '8', '4'] => HashAlgorithmName.SHA384,
            [.., '5', '1', '2'] => HashAlgorithmName.SHA512,
            _ => HashAlgorithmName.SHA256,
        };
        return algorithm switch
        {
            null or "none" => [],

            // The forgery accepted by a verifier that uses the public key as a shared secret.
            ['H', 'S', ..] => HMACSHA256.HashData(
                _rsa is null ? [] : Encoding.ASCII.GetBytes(_rsa.ExportSubjectPublicKeyInfoPem()),
                covered
            ),
            ['P', 'S', ..] => _rsa!.SignData(covered, hash, RSASignaturePadding.Pss),
            _ => _rsa?.SignData(covered, hash, RSASignaturePadding.Pkcs1) ?? _curve!.SignData(covered, hash),
        };
    }
}
