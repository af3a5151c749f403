using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace AuthSidecar.Access.Assertions;

/// <summary>The ES256 key of one period, ready to sign.</summary>
internal sealed class SignatureKey
{
    private readonly ECDsa _key;

    public SignatureKey(string keyId, ECDsa key)
    {
        _key = key;
        KeyId = keyId;
        Credentials = new(new ECDsaSecurityKey(key) { KeyId = keyId }, SecurityAlgorithms.EcdsaSha256);
    }

    public string KeyId { get; }

    public SigningCredentials Credentials { get; }

    /// <summary>Its public half as in a JSON Web Key Set (RFC 7517).</summary>
    public JsonObject ToJsonWebKey()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        return new()
        {
            ["kty"] = "EC",
            ["crv"] = "P-256",
            ["x"] = Base64Url.EncodeToString(point.X),
            ["y"] = Base64Url.EncodeToString(point.Y),
            ["kid"] = KeyId,
            ["alg"] = SecurityAlgorithms.EcdsaSha256,
            ["use"] = "sig",
        };
    }
}
