using Grpc.Core;

namespace KestrelGrpc.Server;

/// <summary>The messages of a streaming request.</summary>
internal sealed class ServerStreamReader<T>(ServerCall call, Marshaller<T> marshaller) : IAsyncStreamReader<T>
    where T : class
{
    private T? _current;
    private bool _isEnded;

    public T Current => _current ?? throw new InvalidOperationException("There is no current message.");

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (_isEnded)
        {
            return false;
        }

        _current = null;
        using var linked = cancellationToken.CanBeCanceled && cancellationToken != call.CancellationToken
            ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, call.CancellationToken)
            : null;
        var (isMessage, message) = await call.ReadNextAsync(marshaller.ContextualDeserializer, linked?.Token ?? call.CancellationToken).ConfigureAwait(false);
        _isEnded = !isMessage;
        _current = message;
        return isMessage;
    }
}
