using System.Buffers;
using Grpc.Core;
using KestrelGrpc.Compression;
using KestrelGrpc.Framing;

namespace KestrelGrpc.Client;

internal sealed partial class ClientCall<TRequest, TResponse>
{
    private int _messages;

    private bool HasSingleResponse => _method.Type is MethodType.Unary or MethodType.ClientStreaming;

    /// <summary>The one message of a response, once the call has ended with OK.</summary>
    public async Task<TResponse> ReadSingleAsync()
    {
        var (_, message) = await ReadAsync().ConfigureAwait(false);
        await ReadAsync().ConfigureAwait(false);
        return message;
    }

    /// <summary>The next message of a response.</summary>
    /// <returns>False when the call has ended with OK.</returns>
    public async Task<(bool IsMessage, TResponse Message)> ReadAsync()
    {
        var reader = await _body.ConfigureAwait(false);
        try
        {
            while (_outcome is null)
            {
                var result = await reader!.ReadAsync(_lifetime.Token).ConfigureAwait(false);
                var rest = result.Buffer;
                if (MessageFraming.TryRead(ref rest, _transport.Options.MaxReceiveMessageSize, out var frame))
                {
                    var message = Decode(frame);
                    reader.AdvanceTo(rest.Start);
                    return ++_messages > 1 && HasSingleResponse ? throw Broken("The response has more than one message.") : (true, message);
                }

                reader.AdvanceTo(rest.Start, rest.End);
                if (result.IsCompleted)
                {
                    await reader.CompleteAsync().ConfigureAwait(false);
                    var (status, trailers) = ResponseStatus.OfTrailers(_response!);
                    EndAsAnswered(status, trailers, isCutOff: !rest.IsEmpty);
                }
            }
        }
        catch (Exception exception)
        {
            Fail(exception);
        }

        return _outcome!.IsOk ? default((bool, TResponse)) : throw ToException(_outcome);
    }

    private static RpcException Broken(string detail) => new(new Status(StatusCode.Internal, detail));

    private void EndAsAnswered(Status status, Metadata trailers, bool isCutOff)
    {
        if (status.StatusCode == StatusCode.OK && (isCutOff || (HasSingleResponse && _messages == 0)))
        {
            status = new Status(StatusCode.Internal, isCutOff ? "The response's message is cut off." : "The response has no message.");
        }

        End(new CallOutcome(status, trailers));
    }

    private TResponse Decode(in MessageFrame frame)
    {
        var payload = frame.IsCompressed ? Decompress(frame.Payload) : frame.Payload;
        try
        {
            return PayloadReader.Read(payload, _method.ResponseMarshaller.ContextualDeserializer);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw new RpcException(new Status(StatusCode.Internal, "The response's message could not be decoded.", exception));
        }
    }

    private ReadOnlySequence<byte> Decompress(in ReadOnlySequence<byte> payload)
    {
        var encoding = ResponseStatus.Single(_response!.Headers, "grpc-encoding");
        if (encoding is null or CompressionSet.Identity || _transport.Compression.Find(encoding) is not { } provider)
        {
            throw Broken("A message is compressed in an encoding that was not offered.");
        }

        return MessageDecompressor.Decompress(provider, payload, _transport.Options.MaxReceiveMessageSize);
    }
}
