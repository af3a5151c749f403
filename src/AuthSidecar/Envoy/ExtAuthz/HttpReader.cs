using System.Buffers;
using System.Buffers.Text;
using System.Text;
using AuthSidecar.Access.Upstream;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.Protobuf;
using Envoy.Config.Core.V3;
using Http = global::Envoy.Service.Auth.V3.AttributeContext.Types.HttpRequest;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>Reads the HTTP attributes of a <c>CheckRequest</c>.</summary>
internal static class HttpReader
{
    private const int LongestNameOnStack = 256;

    // The beginning of a user agent names the program; browsers send hundreds of bytes.
    private const int LongestAgent = 24;

    public static void Read(ReadOnlySpan<byte> http, ref CheckRequestReader.Facts facts)
    {
        var isRaw = false;
        var isAmbiguous = false;
        ReadOnlySpan<byte> body = default;
        var reader = new ProtobufReader(http);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case Http.IdFieldNumber:
                    facts.Stream = Stream(reader.Content);
                    break;
                case Http.MethodFieldNumber:
                    facts.Method = Method(reader.Content);
                    break;
                case Http.PathFieldNumber:
                    facts.Target = Encoding.UTF8.GetString(reader.Content);
                    break;
                case Http.HostFieldNumber:
                    facts.Host = Encoding.UTF8.GetString(reader.Content);
                    break;
                case Http.BodyFieldNumber or Http.RawBodyFieldNumber:
                    isAmbiguous = !body.IsEmpty && !reader.Content.IsEmpty;
                    body = reader.Content.IsEmpty ? body : reader.Content;
                    break;
                case Http.HeaderMapFieldNumber:
                    isRaw |= !reader.Content.IsEmpty;
                    break;
            }
        }

        // With encode_raw_headers Envoy fills only header_map, else only the map of joined headers.
        ReadHeaders(http, isRaw, facts.Headers);
        facts.CodedBody = isAmbiguous ? null : BodyReader.Defer(body, facts.Headers);
        facts.Body =
            isAmbiguous ? new(BodyState.Unreadable)
            : facts.CodedBody is null ? BodyReader.Read(body, facts.Headers)
            : default;
    }

    private static void ReadHeaders(ReadOnlySpan<byte> http, bool isRaw, RequestHeaders headers)
    {
        var reader = new ProtobufReader(http);
        while (reader.Read())
        {
            if (reader.Field == Http.HeadersFieldNumber && !isRaw)
            {
                ReadHeader(reader.Content, headers);
            }
            else if (reader.Field == Http.HeaderMapFieldNumber)
            {
                var map = new ProtobufReader(reader.Content);
                while (map.Read())
                {
                    if (map.Field == HeaderMap.HeadersFieldNumber)
                    {
                        ReadHeader(map.Content, headers);
                    }
                }
            }
        }
    }

    // HeaderValue and a map entry both have the name in field 1 and the value in field 2.
    private static void ReadHeader(ReadOnlySpan<byte> header, RequestHeaders headers)
    {
        ReadOnlySpan<byte> name = default,
            value = default,
            raw = default;
        var reader = new ProtobufReader(header);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case HeaderValue.KeyFieldNumber:
                    name = reader.Content;
                    break;
                case HeaderValue.ValueFieldNumber:
                    value = reader.Content;
                    break;
                case HeaderValue.RawValueFieldNumber:
                    raw = reader.Content;
                    break;
            }
        }

        if (!name.IsEmpty && name[0] != ':')
        {
            Add(headers, name, raw.IsEmpty ? value : raw);
        }
    }

    private static void Add(RequestHeaders headers, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Span<char> lower = name.Length <= LongestNameOnStack ? stackalloc char[name.Length] : new char[name.Length];

        // Known names are ASCII.
        if (Ascii.ToLower(name, lower, out _) != OperationStatus.Done)
        {
            return;
        }

        var known = KnownHeaders.Find(lower);
        if (known != KnownHeader.None)
        {
            headers.Add(
                known,
                known == KnownHeader.AcceptEncoding
                    ? Codings(value)
                    : Encoding.UTF8.GetString(known == KnownHeader.UserAgent && value.Length > LongestAgent ? value[..LongestAgent] : value)
            );
        }
        else if (lower.SequenceEqual("content-length"))
        {
            headers.ContentLength = Utf8Parser.TryParse(value, out long length, out var read) && read == value.Length ? length : 0;
        }
        else
        {
            ClientHeaders.Sort(headers, lower);
        }
    }

    // Avoids allocating the values of nearly all clients.
    private static string Codings(ReadOnlySpan<byte> value) =>
        value switch
        {
            _ when value.SequenceEqual("gzip, deflate"u8) => "gzip, deflate",
            _ when value.SequenceEqual("gzip, deflate, br, zstd"u8) => "gzip, deflate, br, zstd",
            _ when value.SequenceEqual("gzip, deflate, br"u8) => "gzip, deflate, br",
            _ when value.SequenceEqual("gzip"u8) => "gzip",
            _ when value.SequenceEqual("br, gzip, deflate"u8) => "br, gzip, deflate",
            _ => Encoding.UTF8.GetString(value),
        };

    // Envoy writes a number of 64 bits in decimal; 0 for anything else.
    private static ulong Stream(ReadOnlySpan<byte> id) =>
        id is [>= (byte)'1' and <= (byte)'9', ..] && Utf8Parser.TryParse(id, out ulong stream, out var read) && read == id.Length
            ? stream
            : 0;

    private static string Method(ReadOnlySpan<byte> method) =>
        method switch
        {
            _ when method.SequenceEqual("POST"u8) => "POST",
            _ when method.SequenceEqual("GET"u8) => "GET",
            _ => Encoding.UTF8.GetString(method),
        };
}
