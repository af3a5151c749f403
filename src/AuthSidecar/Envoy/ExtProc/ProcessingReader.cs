using System.Buffers;
using System.Text;
using AuthSidecar.Envoy.Protobuf;
using AuthSidecar.Usage.Observation;
using Envoy.Config.Core.V3;
using Envoy.Extensions.Filters.Http.ExtProc.V3;
using Envoy.Service.ExtProc.V3;

namespace AuthSidecar.Envoy.ExtProc;

/// <summary>
/// Reads the relevant fields of ext_proc messages directly from their bytes: there are thousands per response, and each repeats all
/// metadata.
/// </summary>
internal static class ProcessingReader
{
    public static ProcessingMessage Read(in ReadOnlySequence<byte> message)
    {
        if (message.IsSingleSegment)
        {
            return Read(message.FirstSpan);
        }

        var length = (int)message.Length;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            message.CopyTo(rented);
            return Read(rented.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    /// <exception cref="InvalidDataException">Malformed message.</exception>
    public static ProcessingMessage Read(ReadOnlySpan<byte> bytes)
    {
        var message = new ProcessingMessage();
        ReadOnlySpan<byte> metadata = default;
        var reader = new ProtobufReader(bytes);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case ProcessingRequest.RequestHeadersFieldNumber:
                    ReadHead(reader.Content, message, ProcessingPart.RequestHeaders);
                    break;
                case ProcessingRequest.ResponseHeadersFieldNumber:
                    ReadHead(reader.Content, message, ProcessingPart.ResponseHeaders);
                    break;
                case ProcessingRequest.RequestBodyFieldNumber:
                    ReadBody(reader.Content, message, ProcessingPart.RequestBody);
                    break;
                case ProcessingRequest.ResponseBodyFieldNumber:
                    ReadBody(reader.Content, message, ProcessingPart.ResponseBody);
                    break;
                case ProcessingRequest.RequestTrailersFieldNumber:
                    message.Part = ProcessingPart.RequestTrailers;
                    break;
                case ProcessingRequest.ResponseTrailersFieldNumber:
                    message.Part = ProcessingPart.ResponseTrailers;
                    message.IsEnd = true;
                    break;
                case ProcessingRequest.MetadataContextFieldNumber:
                    metadata = reader.Content;
                    break;
                case ProcessingRequest.ObservabilityModeFieldNumber:
                    message.IsObservability = reader.Number != 0;
                    break;
                case ProcessingRequest.ProtocolConfigFieldNumber:
                    message.NeedsBodies = NeedsBodies(reader.Content);
                    break;
            }
        }

        // Repeated with each chunk of a body.
        if (message.Part is ProcessingPart.RequestHeaders or ProcessingPart.ResponseHeaders)
        {
            message.Decision = DecisionReader.Read(metadata);
        }

        return message;
    }

    private static void ReadHead(ReadOnlySpan<byte> headers, ProcessingMessage message, ProcessingPart part)
    {
        message.Part = part;
        var head = new ResponseHead(0, "", "");
        var reader = new ProtobufReader(headers);
        while (reader.Read())
        {
            if (reader.Field == HttpHeaders.EndOfStreamFieldNumber)
            {
                message.IsEnd = reader.Number != 0;
            }
            else if (reader.Field == HttpHeaders.HeadersFieldNumber)
            {
                head = ReadHeaders(reader.Content);
            }
        }

        message.Head = head with { IsAll = message.IsEnd };
    }

    private static ResponseHead ReadHeaders(ReadOnlySpan<byte> map)
    {
        var head = new ResponseHead(0, "", "");
        var reader = new ProtobufReader(map);
        while (reader.Read())
        {
            var name =
                reader.Field == HeaderMap.HeadersFieldNumber ? ReadHeader(reader.Content, out var value) : ReadHeader(default, out value);
            if (name.SequenceEqual(":status"u8))
            {
                head = head with { Status = int.TryParse(value, out var status) ? status : 0 };
            }
            else if (name.SequenceEqual("content-type"u8))
            {
                head = head with { ContentType = Encoding.Latin1.GetString(value) };
            }
            else if (name.SequenceEqual("content-encoding"u8))
            {
                var encoding = Encoding.Latin1.GetString(value);
                head = head with { ContentEncoding = head.ContentEncoding.Length == 0 ? encoding : $"{head.ContentEncoding}, {encoding}" };
            }
        }

        return head;
    }

    // Envoy sets one of the two value fields, depending on version and settings.
    private static ReadOnlySpan<byte> ReadHeader(ReadOnlySpan<byte> header, out ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> name = default;
        value = default;
        var reader = new ProtobufReader(header);
        while (reader.Read())
        {
            if (reader.Field == HeaderValue.KeyFieldNumber)
            {
                name = reader.Content;
            }
            else if (reader.Field is HeaderValue.ValueFieldNumber or HeaderValue.RawValueFieldNumber && !reader.Content.IsEmpty)
            {
                value = reader.Content;
            }
        }

        return name;
    }

    private static void ReadBody(ReadOnlySpan<byte> body, ProcessingMessage message, ProcessingPart part)
    {
        message.Part = part;
        var reader = new ProtobufReader(body);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case HttpBody.BodyFieldNumber:
                    message.CopyBody(reader.Content);
                    break;
                case HttpBody.EndOfStreamFieldNumber or HttpBody.EndOfStreamWithoutMessageFieldNumber:
                    message.IsEnd |= reader.Number != 0;
                    break;
            }
        }
    }

    private static bool NeedsBodies(ReadOnlySpan<byte> config)
    {
        var givesAway = false;
        var reader = new ProtobufReader(config);
        while (reader.Read())
        {
            givesAway |=
                reader.Field is ProtocolConfiguration.RequestBodyModeFieldNumber or ProtocolConfiguration.ResponseBodyModeFieldNumber
                && reader.Number
                    is (ulong)ProcessingMode.Types.BodySendMode.FullDuplexStreamed
                        or (ulong)ProcessingMode.Types.BodySendMode.Grpc;
        }

        return givesAway;
    }
}
