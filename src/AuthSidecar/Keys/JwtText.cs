using System.Buffers.Text;
using System.Text.Json;

namespace AuthSidecar.Keys;

/// <summary>What a JSON Web Token in compact form (RFC 7515 3.1) says of itself. Read strictly, and nothing of it is verified.</summary>
/// <param name="Header">A JSON object.</param>
/// <param name="Payload">A JSON object.</param>
internal sealed record JwtText(JsonElement Header, JsonElement Payload)
{
    private static readonly JsonDocumentOptions _strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>Its <c>iss</c>, or null.</summary>
    public string? Issuer => Text(Payload, "iss");

    /// <summary>False for what is not two JSON objects and a signature; a member that stands twice is not JSON here, because readers differ in which one counts.</summary>
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

    /// <summary>A member's text, or null when it is absent or no text.</summary>
    public static string? Text(JsonElement members, string name) =>
        members.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public override string ToString() => "JWT";

    private static JsonElement? Decode(ReadOnlySpan<char> part)
    {
        if (part.IsEmpty || !Base64Url.IsValid(part))
        {
            return null;
        }

        try
        {
            var json = JsonElement.Parse(Base64Url.DecodeFromChars(part), _strict);
            return json.ValueKind == JsonValueKind.Object ? json : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
