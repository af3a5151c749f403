using AuthSidecar.Decisions.Pipeline;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>Registers a relayed socket while its two directions are pumped.</summary>
internal sealed partial class RelayedSocketRunner(
    SocketRegistry sockets,
    SocketReauthorizer reauthorizer,
    RelayTimeouts times,
    TimeProvider time,
    ILogger<RelayedSocketRunner> logger
)
{
    // Of one message, in either direction.
    private const long MostBytes = 16 * 1024 * 1024;

    /// <param name="client">The accepted socket.</param>
    /// <param name="stream">The upstream's connection after its handshake.</param>
    /// <param name="check">The facts behind the decision.</param>
    /// <param name="epoch"><see cref="SocketRegistry.Epoch"/> before the decision.</param>
    /// <returns>Why it ended.</returns>
    public async Task<CloseReason> RunAsync(WebSocketPeer client, Stream stream, CheckContext check, long epoch)
    {
        using var upstream = new WebSocketPeer(stream, isClient: false, stream.Dispose, times, time);
        client.MostBytes = upstream.MostBytes = MostBytes;
        var socket = new RelayedSocket(client, upstream, times, time)
        {
            DecisionId = check.DecisionId,
            Request = RelayRequest.Again(check.Request),
            Relay = check.Policy.Options.Relay,
            Lease = check.SocketLease,
            IsCounted = check.RequestLease is not null,
            Authorization = AuthorizationSnapshot.Of(check),
            ReauthorizeAt = reauthorizer.After(times.Reauthorization),
            RenewAt = reauthorizer.After(times.Renewal),
        };
        sockets.Add(socket);
        try
        {
            var running = socket.RunAsync();
            await CatchUpAsync(socket, epoch);
            return await running;
        }
        finally
        {
            sockets.Remove(socket);
        }
    }

    // An invalidation or a stop between the decision and the registration missed this socket. Faults must not escape: the socket's buffers
    // are in use until it has ended.
    private async Task CatchUpAsync(RelayedSocket socket, long epoch)
    {
        try
        {
            if (sockets.Stopping.IsCancellationRequested)
            {
                socket.Close(CloseReason.GoesAway, CloseReason.GoesAway);
            }
            else if (sockets.Epoch != epoch)
            {
                await reauthorizer.ReauthorizeAsync(socket);
            }
        }
        catch (Exception fault)
        {
            LogFault(fault, socket.DecisionId);
            socket.Close(CloseReason.Fault, CloseReason.Fault);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Unexpected error registering the relayed WebSocket of decision {DecisionId}; closing it."
    )]
    private partial void LogFault(Exception fault, string decisionId);
}
