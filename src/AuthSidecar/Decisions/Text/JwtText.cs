using System.Buffers.Text;
using System.Text.Json;

namespace AuthSidecar.Decisions.Text;

/// <summary>The unverified content of a JSON Web Token in compact form (RFC 7515 3.1), parsed strictly.</summary>
/// <param name="Header">A JSON object.</param>
/// <param name="Payload">A JSON object.</param>
internal sealed record JwtText(JsonElement Header, JsonElement Payload)
{
    /// <summary>Claim <c>iss</c>, or null.</summary>
    public string? Issuer => StrictJson.Text(Payload, "iss");

    /// <summary>False unless the token consists of two JSON objects and a signature.</summary>
    public static bool TryRead(ReadOnlySpan<char> token, out JwtText text)
    {
        text = null!;
        var first = token.IndexOf('.');
        var last = token.LastIndexOf('.');
        if (first < 0 || first == last || Decode(token[..first]) is not { } header || Decode(token[(first + 1)..last]) is not { } payload)
        {
            return false;
        }

        text = new(header, payload);
        return true;
    }

    public override string ToString() => "JWT";

    private static JsonElement? Decode(ReadOnlySpan<char> part) =>
        !part.IsEmpty && Base64Url.IsValid(part) ? StrictJson.ReadObject(Base64Url.DecodeFromChars(part)) : null;
}
