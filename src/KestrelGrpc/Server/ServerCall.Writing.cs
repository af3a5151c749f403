using Grpc.Core;

namespace KestrelGrpc.Server;

internal sealed partial class ServerCall
{
    // Made by the first write that is not the final one; a unary call usually needs none.
    private SemaphoreSlim? _gate;
    private volatile bool _isClosed;

    /// <summary>Sends one message of a streaming response. The gate keeps a passing deadline from writing into a message.</summary>
    public async Task WriteNextAsync<T>(T message, Action<T, SerializationContext> serializer, WriteOptions? options, CancellationToken cancellationToken)
    {
        var gate = Enter();
        try
        {
            Write(message, serializer, options);
            if (options is null || !options.Flags.HasFlag(WriteFlags.BufferHint))
            {
                await Http.Response.BodyWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            gate.Release();
        }
    }

    protected override async Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        var gate = Enter();
        try
        {
            if (Http.Response.HasStarted || _hasBody)
            {
                throw new InvalidOperationException("Response headers can only be sent once per call.");
            }

            ResponseHeaderWriter.Write(responseHeaders, Http.Response.Headers);
            await Http.Response.BodyWriter.FlushAsync(CancellationToken).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The HTTP request behind a call may be gone once the call is complete.</summary>
    public void ThrowIfComplete()
    {
        if (_isClosed)
        {
            throw new InvalidOperationException("Can't write the message because the call is complete.");
        }
    }

    private SemaphoreSlim Enter()
    {
        ThrowIfComplete();
        var gate = Gate();
        if (!gate.Wait(0, CancellationToken.None))
        {
            throw new InvalidOperationException("Can't write the message because the previous write is in progress.");
        }

        if (_isClosed)
        {
            gate.Release();
            ThrowIfComplete();
        }

        return gate;
    }

    /// <summary>Lets no write begin, and waits for one in progress.</summary>
    private async ValueTask CloseAsync()
    {
        _isClosed = true;

        // Either this sees the gate that a write has made, or that write sees that the call is closed.
        Interlocked.MemoryBarrier();
        if (_gate is { } gate)
        {
            await gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            gate.Release();
        }
    }

    private SemaphoreSlim Gate() => LazyInitializer.EnsureInitialized(ref _gate, static () => new SemaphoreSlim(1, 1));
}
