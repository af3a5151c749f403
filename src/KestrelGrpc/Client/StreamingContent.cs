using System.Net;

namespace KestrelGrpc.Client;

/// <summary>A request body that stays open until the client completes it.</summary>
internal sealed class StreamingContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StreamingContent()
    {
        Headers.TryAddWithoutValidation("Content-Type", Wire.GrpcContentType.Value);
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> framed, bool flush)
    {
        var stream = await _opened.Task.ConfigureAwait(false);
        await stream.WriteAsync(framed).ConfigureAwait(false);
        if (flush)
        {
            await stream.FlushAsync().ConfigureAwait(false);
        }
    }

    public Task CompleteAsync()
    {
        _completed.TrySetResult();
        return Task.CompletedTask;
    }

    /// <summary>The call is over: nobody waits any more.</summary>
    public void Abandon()
    {
        _opened.TrySetCanceled();
        _completed.TrySetResult();
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // Sends the headers now; the server may want to answer before the first message.
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        _opened.TrySetResult(stream);
        await _completed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
