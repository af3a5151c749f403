namespace Grpc.Core;

/// <summary>Messages from the peer, one at a time.</summary>
public interface IAsyncStreamReader<out T>
{
    /// <summary>The message that the last <see cref="MoveNext"/> read.</summary>
    T Current { get; }

    /// <returns>False when the peer has ended its side.</returns>
    /// <exception cref="RpcException">The call failed or the peer broke the protocol.</exception>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}

/// <summary>Messages to the peer; one write at a time.</summary>
public interface IAsyncStreamWriter<in T>
{
    WriteOptions? WriteOptions { get; set; }

    /// <exception cref="InvalidOperationException">A write is in progress, or the call is complete.</exception>
    Task WriteAsync(T message);

    /// <param name="cancellationToken">Cancels the wait for flow control; the call may be unusable for writing afterwards.</param>
    Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return WriteAsync(message);
    }
}

public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>
{
}

public interface IClientStreamWriter<in T> : IAsyncStreamWriter<T>
{
    /// <summary>Ends the client's side of the call; the server may go on.</summary>
    Task CompleteAsync();
}
