using System.Buffers;
using Grpc.Core;

namespace KestrelGrpc.Client;

/// <summary>The messages of a streaming request.</summary>
internal sealed class ClientStreamWriter<TRequest, TResponse>(ClientCall<TRequest, TResponse> call, StreamingContent content, WriteOptions? options)
    : IClientStreamWriter<TRequest>
    where TRequest : class
    where TResponse : class
{
    private int _isWriting;
    private bool _isComplete;

    public WriteOptions? WriteOptions { get; set; } = options;

    public Task WriteAsync(TRequest message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(TRequest message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        call.ThrowIfEnded();
        if (_isComplete)
        {
            throw new InvalidOperationException("Can't write the message because the client stream writer is complete.");
        }

        if (Interlocked.Exchange(ref _isWriting, 1) == 1)
        {
            throw new InvalidOperationException("Can't write the message because the previous write is in progress.");
        }

        try
        {
            await using var registration = cancellationToken.Register(call.Cancel).ConfigureAwait(false);
            var framed = new ArrayBufferWriter<byte>();
            call.Serialize(framed, message, WriteOptions);
            await content.WriteAsync(framed.WrittenMemory, flush: WriteOptions?.Flags.HasFlag(WriteFlags.BufferHint) != true).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException or ObjectDisposedException)
        {
            throw call.Fail(exception);
        }
        finally
        {
            Volatile.Write(ref _isWriting, 0);
        }
    }

    public async Task CompleteAsync()
    {
        _isComplete = true;
        await content.CompleteAsync().ConfigureAwait(false);
    }
}
