using System.Text.Json;
using System.Text.Unicode;
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

    public static RequestBody Read(ReadOnlySpan<byte> body, RequestHeaders headers)
    {
        if (body.IsEmpty)
        {
            return default;
        }

        try
        {
            if (!BodyType.IsWhole(headers))
            {
                return new(BodyState.Unreadable);
            }

            if (FormReader.IsForm(headers[KnownHeader.ContentType]))
            {
                return BodyType.IsCoded(headers) ? new(BodyState.Unreadable) : FormReader.Read(body, headers[KnownHeader.ContentType]!);
            }

            if (!BodyType.IsJson(headers[KnownHeader.ContentType]))
            {
                return new(BodyState.Unreadable);
            }

            return !BodyType.IsCoded(headers) ? ReadObject(body)
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
        if (body.IsEmpty || !BodyType.IsCoded(headers) || !BodyType.IsWhole(headers) || !BodyType.IsJson(headers[KnownHeader.ContentType]))
        {
            return null;
        }

        var copy = body.ToArray();
        return new(() => Read(copy, headers));
    }

    // Brotli has no magic number, so a body can be JSON too, with another model: for a provider that ignores the coding.
    private static bool IsJsonItself(ReadOnlySpan<byte> body) => body.TrimStart(" \t\r\n\0"u8) is [(byte)'{', ..];

    private static RequestBody ReadObject(ReadOnlySpan<byte> body)
    {
        // The reader does not validate text that it skips, and parsers that drop invalid bytes see other names.
        if (!Utf8.IsValid(body))
        {
            return new(BodyState.Unreadable);
        }

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
            var member = BodyMembers.Find(ref reader);
            if (member == BodyMember.Models)
            {
                return new(BodyState.Unreadable);
            }

            var (isModel, isTools) = (member == BodyMember.Model, member == BodyMember.Tools);
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
                if (BodyMembers.Find(ref reader) != BodyMember.Model)
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
}
