using Grpc.Core;

namespace KestrelGrpc.Client;

/// <summary>The messages of a streaming response.</summary>
internal sealed class ClientStreamReader<TRequest, TResponse>(ClientCall<TRequest, TResponse> call) : IAsyncStreamReader<TResponse>
    where TRequest : class
    where TResponse : class
{
    private TResponse? _current;

    public TResponse Current => _current ?? throw new InvalidOperationException("There is no current message.");

    /// <summary>Cancelling cancels the call: what was half read cannot be put back.</summary>
    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        _current = null;
        await using var registration = cancellationToken.Register(call.Cancel).ConfigureAwait(false);
        var (isMessage, message) = await call.ReadAsync().ConfigureAwait(false);
        _current = message;
        return isMessage;
    }
}
