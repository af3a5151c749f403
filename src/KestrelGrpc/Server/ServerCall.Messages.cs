using System.Buffers;
using System.IO.Pipelines;
using Grpc.Core;
using KestrelGrpc.Compression;
using KestrelGrpc.Framing;
using Microsoft.AspNetCore.Http;

namespace KestrelGrpc.Server;

internal sealed partial class ServerCall
{
    private bool _isClientGone;

    /// <summary>Whether the client's END_STREAM was read.</summary>
    public bool HasRequestEnded { get; private set; }

    /// <summary>
    /// The one message of a request, read up to END_STREAM: ending a response before the request makes the server send
    /// RST_STREAM NO_ERROR, upon which some clients throw the response away.
    /// </summary>
    public async ValueTask<T> ReadSingleAsync<T>(Func<DeserializationContext, T> deserializer)
    {
        var reader = Http.Request.BodyReader;
        while (true)
        {
            if (!reader.TryRead(out var result))
            {
                result = await ReadMoreAsync(reader, HasDeadline ? CancellationToken : default).ConfigureAwait(false);
            }

            var consumed = result.Buffer.End;
            try
            {
                var rest = result.Buffer;
                HasRequestEnded |= result.IsCompleted;
                var isWhole = MessageFraming.TryRead(ref rest, _settings.MaxReceiveMessageSize, out var frame);
                if (isWhole && !rest.IsEmpty)
                {
                    throw new RpcException(new Status(StatusCode.Internal, "The request has more than one message."));
                }

                if (!result.IsCompleted)
                {
                    consumed = result.Buffer.Start;
                }
                else if (isWhole)
                {
                    return Decode(frame, deserializer);
                }
                else
                {
                    throw new RpcException(new Status(StatusCode.Internal, rest.IsEmpty ? "The request has no message." : "The request's message is cut off."));
                }
            }
            finally
            {
                reader.AdvanceTo(consumed, result.Buffer.End);
            }
        }
    }

    /// <summary>The next message of a streaming request.</summary>
    /// <returns>False at the end of the request.</returns>
    public async ValueTask<(bool IsMessage, T Message)> ReadNextAsync<T>(Func<DeserializationContext, T> deserializer, CancellationToken cancellationToken)
    {
        var reader = Http.Request.BodyReader;
        while (true)
        {
            var result = await ReadMoreAsync(reader, cancellationToken).ConfigureAwait(false);
            var consumed = result.Buffer.End;
            var examined = consumed;
            try
            {
                var rest = result.Buffer;
                if (MessageFraming.TryRead(ref rest, _settings.MaxReceiveMessageSize, out var frame))
                {
                    consumed = rest.Start;
                    examined = consumed;
                    return (true, Decode(frame, deserializer));
                }

                consumed = result.Buffer.Start;
                if (result.IsCompleted)
                {
                    HasRequestEnded = true;
                    return rest.IsEmpty ? default((bool, T)) : throw new RpcException(new Status(StatusCode.Internal, "The request's last message is cut off."));
                }
            }
            finally
            {
                reader.AdvanceTo(consumed, examined);
            }
        }
    }

    /// <summary>Puts a message into the response without sending it: Kestrel sends it together with the trailers.</summary>
    public void Write<T>(T message, Action<T, SerializationContext> serializer, WriteOptions? options)
    {
        PayloadWriter.Write(Http.Response.BodyWriter, message, serializer, _settings.MaxSendMessageSize, CompressorFor(options));
        _hasBody = true;
    }

    private async ValueTask<ReadResult> ReadMoreAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (BadHttpRequestException exception)
        {
            var code = exception.StatusCode == StatusCodes.Status413PayloadTooLarge ? StatusCode.ResourceExhausted : StatusCode.Internal;
            throw new RpcException(new Status(code, "The request could not be read.", exception));
        }
        catch (IOException exception)
        {
            _isClientGone = true;
            throw new RpcException(new Status(StatusCode.Cancelled, "The client ended the call.", exception));
        }
    }

    private T Decode<T>(in MessageFrame frame, Func<DeserializationContext, T> deserializer)
    {
        var payload = frame.IsCompressed ? Decompress(frame.Payload) : frame.Payload;
        try
        {
            return PayloadReader.Read(payload, deserializer);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw new RpcException(new Status(StatusCode.Internal, "The request's message could not be decoded.", exception));
        }
    }

    private ReadOnlySequence<byte> Decompress(in ReadOnlySequence<byte> payload)
    {
        string? encoding = Http.Request.Headers.GrpcEncoding;
        if (encoding is null or CompressionSet.Identity)
        {
            throw new RpcException(new Status(StatusCode.Internal, "A message is flagged as compressed, but the call names no encoding."));
        }

        if (_settings.Compression.Find(encoding) is not { } provider)
        {
            if (!Http.Response.HasStarted)
            {
                Http.Response.Headers.GrpcAcceptEncoding = _settings.Compression.AcceptEncoding;
            }

            throw new RpcException(new Status(StatusCode.Unimplemented, "The request's encoding is not supported."));
        }

        return MessageDecompressor.Decompress(provider, payload, _settings.MaxReceiveMessageSize);
    }
}
