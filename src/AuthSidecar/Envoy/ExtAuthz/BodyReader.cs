using System.Text;
using System.Text.Json;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// Reads a request's body where Envoy shows it, in one pass. Strict, because what two parsers could read differently is not known: a body
/// that a provider may read in another way is unreadable.
/// </summary>
internal static class BodyReader
{
    private const int LongestModel = 256;
    private const int LongestName = 64;

    public static RequestBody Read(ReadOnlySpan<byte> body, RequestHeaders headers)
    {
        if (body.IsEmpty)
        {
            return default;
        }

        try
        {
            return IsPlainJson(headers) ? ReadObject(body) : new(BodyState.Unreadable);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return new(BodyState.Unreadable);
        }
    }

    private static bool IsPlainJson(RequestHeaders headers) =>
        !headers.IsRepeated(KnownHeader.ContentType)
        && !headers.IsRepeated(KnownHeader.ContentEncoding)
        && !headers.IsRepeated(KnownHeader.PartialBody)
        && headers[KnownHeader.ContentEncoding] is null or "" or "identity"
        && headers[KnownHeader.PartialBody] is null or "false"
        && IsJson(headers[KnownHeader.ContentType]);

    private static bool IsJson(string? contentType)
    {
        if (contentType is null)
        {
            // The providers' parsers take it for JSON then.
            return true;
        }

        var end = contentType.IndexOf(';', StringComparison.Ordinal);
        var type = contentType.AsSpan(0, end < 0 ? contentType.Length : end).Trim();
        return type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }

    private static RequestBody ReadObject(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return new(BodyState.Unreadable);
        }

        string? model = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // Gateways take further models from these, and fall back to them.
            if (reader.ValueTextEquals("models"u8) || reader.ValueTextEquals("fallbacks"u8))
            {
                return new(BodyState.Unreadable);
            }

            var isModel = IsModel(ref reader);
            reader.Read();
            if (!isModel)
            {
                reader.Skip();
                continue;
            }

            var name = reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= LongestModel ? reader.GetString() : null;
            if (string.IsNullOrEmpty(name) || (model is not null && model != name))
            {
                return new(BodyState.Unreadable);
            }

            model = name;
        }

        // Whatever stands behind the object throws.
        return reader.Read() ? new(BodyState.Unreadable) : new(BodyState.Read, model);
    }

    // In any case: Go's parser takes "Model" for it too.
    private static bool IsModel(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return Ascii.EqualsIgnoreCase(reader.ValueSpan, "model"u8);
        }

        Span<byte> name = stackalloc byte[LongestName];
        return reader.ValueSpan.Length <= LongestName && Ascii.EqualsIgnoreCase(name[..reader.CopyString(name)], "model"u8);
    }
}
