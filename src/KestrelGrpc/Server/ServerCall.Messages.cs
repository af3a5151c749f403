using System.Buffers;
using System.IO.Pipelines;
using Grpc.Core;
using KestrelGrpc.Compression;
using KestrelGrpc.Framing;
using Microsoft.AspNetCore.Connections;
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
        try
        {
            var reader = Http.Request.BodyReader;
            while (true)
            {
                if (!reader.TryRead(out var result))
                {
                    result = await reader.ReadAsync(HasDeadline ? CancellationToken : default).ConfigureAwait(false);
                }

                var consumed = result.Buffer.End;
                try
                {
                    HasRequestEnded |= result.IsCompleted;
                    if (TryTakeSingle(result, out var frame))
                    {
                        return Decode(frame, deserializer);
                    }

                    consumed = result.Buffer.Start;
                }
                finally
                {
                    reader.AdvanceTo(consumed, result.Buffer.End);
                }
            }
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            throw Unreadable(exception);
        }
    }

    /// <summary>The next message of a streaming request.</summary>
    /// <returns>False at the end of the request.</returns>
    public async ValueTask<(bool IsMessage, T Message)> ReadNextAsync<T>(Func<DeserializationContext, T> deserializer, CancellationToken cancellationToken)
    {
        try
        {
            var reader = Http.Request.BodyReader;
            while (true)
            {
                var result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var consumed = result.Buffer.End;
                var examined = consumed;
                try
                {
                    var rest = result.Buffer;
                    if (MessageFraming.TryRead(ref rest, _settings.MaxReceiveMessageSize, out var frame))
                    {
                        consumed = examined = rest.Start;
                        return (true, Decode(frame, deserializer));
                    }

                    consumed = result.Buffer.Start;
                    if (result.IsCompleted)
                    {
                        HasRequestEnded = true;
                        return rest.IsEmpty ? default((bool, T)) : throw Broken("The request's last message is cut off.");
                    }
                }
                finally
                {
                    reader.AdvanceTo(consumed, examined);
                }
            }
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            throw Unreadable(exception);
        }
    }

    /// <summary>Puts a message into the response without sending it: Kestrel sends it together with the trailers.</summary>
    public void Write<T>(T message, Action<T, SerializationContext> serializer, WriteOptions? options)
    {
        PayloadWriter.Write(Http.Response.BodyWriter, message, serializer, _settings.MaxSendMessageSize, CompressorFor(options));
        _hasBody = true;
    }

    private static RpcException Broken(string detail) => new(new Status(StatusCode.Internal, detail));

    /// <summary>What Kestrel throws from any use of the body once the client has reset the stream or the connection is lost.</summary>
    private static bool IsUnreadable(Exception exception) => exception is IOException or ConnectionAbortedException;

    private RpcException Unreadable(Exception exception)
    {
        if (exception is not BadHttpRequestException refused)
        {
            _isClientGone = true;
            return new RpcException(new Status(StatusCode.Cancelled, "The client ended the call.", exception));
        }

        var code = refused.StatusCode == StatusCodes.Status413PayloadTooLarge ? StatusCode.ResourceExhausted : StatusCode.Internal;
        return new RpcException(new Status(code, "The request could not be read.", exception));
    }

    /// <summary>Exactly one message, and then the end; until then there is nothing to take.</summary>
    private bool TryTakeSingle(in ReadResult result, out MessageFrame frame)
    {
        var rest = result.Buffer;
        var isWhole = MessageFraming.TryRead(ref rest, _settings.MaxReceiveMessageSize, out frame);
        if (isWhole && !rest.IsEmpty)
        {
            throw Broken("The request has more than one message.");
        }

        if (!isWhole && result.IsCompleted)
        {
            throw Broken(rest.IsEmpty ? "The request has no message." : "The request's message is cut off.");
        }

        return isWhole && result.IsCompleted;
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
            throw Broken("A message is flagged as compressed, but the call names no encoding.");
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
