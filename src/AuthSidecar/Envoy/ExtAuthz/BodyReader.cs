using System.Text;
using System.Text.Json;
using AuthSidecar.Decisions.Vocabulary;
using ZstdSharp;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// Reads the model from a request's body, if Envoy sends it, in one pass. A body that a provider's parser could interpret differently is
/// unreadable.
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
            if (!IsWholeJson(headers))
            {
                return new(BodyState.Unreadable);
            }

            return !IsCoded(headers) ? ReadObject(body)
                : !IsJsonItself(body) && BodyDecoder.TryDecode(headers[KnownHeader.ContentEncoding]!.Trim(), body, out var decoded)
                    ? ReadObject(decoded)
                : new(BodyState.Unreadable);
        }
        catch (Exception fault)
            when (fault is JsonException or InvalidOperationException or InvalidDataException or IOException or ZstdException)
        {
            return new(BodyState.Unreadable);
        }
    }

    /// <summary>
    /// The body of a content coding, decoded at its first use: some bytes become 8 MiB, which only an authenticated caller may cost.
    /// </summary>
    /// <returns>Null: without a coding.</returns>
    public static Lazy<RequestBody>? Defer(ReadOnlySpan<byte> body, RequestHeaders headers)
    {
        if (body.IsEmpty || !IsCoded(headers) || !IsWholeJson(headers))
        {
            return null;
        }

        var copy = body.ToArray();
        return new(() => Read(copy, headers));
    }

    private static bool IsCoded(RequestHeaders headers) => headers[KnownHeader.ContentEncoding] is not (null or "" or "identity");

    // Brotli has no magic number, so a body can be JSON too, with another model: for a provider that ignores the coding.
    private static bool IsJsonItself(ReadOnlySpan<byte> body) => body.TrimStart(" \t\r\n\0"u8) is [(byte)'{', ..];

    private static bool IsWholeJson(RequestHeaders headers) =>
        !headers.IsRepeated(KnownHeader.ContentType)
        && !headers.IsRepeated(KnownHeader.ContentEncoding)
        && !headers.IsRepeated(KnownHeader.PartialBody)
        && headers[KnownHeader.PartialBody] is null or "false"
        && IsJson(headers[KnownHeader.ContentType]);

    private static bool IsJson(string? contentType)
    {
        if (contentType is null)
        {
            // The providers' parsers default to JSON.
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
        string? toolModel = null;
        var limit = new OutputLimit();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // Some gateways read further models, or fallbacks, from these.
            if (reader.ValueTextEquals("models"u8) || reader.ValueTextEquals("fallbacks"u8))
            {
                return new(BodyState.Unreadable);
            }

            var (isModel, isTools) = (IsModel(ref reader), reader.ValueTextEquals("tools"u8));
            var isRead = isModel ? TryReadModel(ref reader, ref model) : !isTools || TryReadTools(ref reader, ref toolModel);
            if (!isRead)
            {
                return new(BodyState.Unreadable);
            }

            if (!isModel && !isTools)
            {
                limit.Read(ref reader);
            }
        }

        // Read throws for trailing content.
        return reader.Read() ? new(BodyState.Unreadable) : new(BodyState.Read, model, toolModel, limit.Tokens);
    }

    // False: no name, or another than before.
    private static bool TryReadModel(ref Utf8JsonReader reader, ref string? model)
    {
        reader.Read();
        var name = reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= LongestModel ? reader.GetString() : null;
        if (string.IsNullOrEmpty(name) || (model is not null && model != name))
        {
            return false;
        }

        model = name;
        return true;
    }

    // Some tools run a model of their own: OpenAI's image generation, Anthropic's advisor.
    private static bool TryReadTools(ref Utf8JsonReader reader, ref string? model)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return true;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!IsModel(ref reader))
                {
                    reader.Read();
                    reader.Skip();
                }
                else if (!TryReadModel(ref reader, ref model))
                {
                    return false;
                }
            }
        }

        return true;
    }

    // Case-insensitive, because Go's parser accepts "Model" too.
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
