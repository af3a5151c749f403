using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.WebSockets.Leases;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>
/// An allowed WebSocket from its answer to its end: connects the upstream, runs the socket, reports its usage and ends its lease.
/// </summary>
internal sealed partial class RelaySession(
    UpstreamConnector connector,
    RelayedSocketRunner runner,
    SocketRegistry sockets,
    ISocketLeases leases,
    IRequestLeases requests,
    RelayUsageReporter usage,
    TimeProvider time,
    ILogger<RelaySession> logger
)
{
    /// <param name="headers">The client's handshake headers.</param>
    /// <param name="client">The accepted socket.</param>
    /// <param name="subprotocol">The subprotocol sent to the client, or null.</param>
    /// <param name="check">The facts behind the decision.</param>
    /// <param name="allow">The decision.</param>
    /// <param name="epoch"><see cref="SocketRegistry.Epoch"/> before the decision.</param>
    /// <returns>Why it ended.</returns>
    public async Task<CloseReason> RunAsync(
        IHeaderDictionary headers,
        WebSocketPeer client,
        string? subprotocol,
        CheckContext check,
        Decision.Allow allow,
        long epoch
    )
    {
        var opened = time.GetTimestamp();
        var reason = CloseReason.Fault;
        try
        {
            await client.WriteInTimeAsync(FirstMessage.Answer(isSuccess: true));
            return reason = await RelayAsync(headers, client, subprotocol, check, allow, epoch);
        }
        catch (Exception fault) when (WebSocketPeer.IsGone(fault))
        {
            reason = CloseReason.ClientGone;
            throw;
        }
        finally
        {
            usage.Report(check.DecisionId, time.GetElapsedTime(opened), reason);
            if (check.SocketLease is { } lease)
            {
                await leases.EndAsync(lease);
            }

            if (check.RequestLease is not null)
            {
                requests.End(check.DecisionId);
            }
        }
    }

    private async Task<CloseReason> RelayAsync(
        IHeaderDictionary headers,
        WebSocketPeer client,
        string? subprotocol,
        CheckContext check,
        Decision.Allow allow,
        long epoch
    )
    {
        var (stream, failure) = await ConnectAsync(headers, subprotocol, check, allow.Edits);
        if (stream is null)
        {
            LogClosed(check.DecisionId, TimeSpan.Zero, failure!.Code, failure.Reason);
            return await client.CloseAndDrainAsync(failure);
        }

        await using (stream)
        {
            var connected = time.GetTimestamp();
            var reason = await runner.RunAsync(client, stream, check, epoch);
            var age = time.GetElapsedTime(connected);
            LogClosed(check.DecisionId, age, reason.Code, reason.Reason);
            return reason;
        }
    }

    private async Task<(Stream? Stream, CloseReason? Failure)> ConnectAsync(
        IHeaderDictionary headers,
        string? subprotocol,
        CheckContext check,
        UpstreamEdits edits
    )
    {
        var sent = UpstreamHeaders.For(headers, edits, check.DecisionId);
        try
        {
            return await connector.ConnectAsync(
                UpstreamTarget.Of(check.Policy.Options.Relay, check.Request, edits),
                sent,
                subprotocol,
                sockets.Stopping
            );
        }
        catch (OperationCanceledException)
        {
            return (null, CloseReason.GoesAway);
        }
        catch (Exception fault)
        {
            LogFault(fault, check.DecisionId);
            return (null, CloseReason.Fault);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Relayed WebSocket of decision {DecisionId} closed after {Age}: {Code} {Reason}."
    )]
    private partial void LogClosed(string decisionId, TimeSpan age, int code, string reason);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Unexpected error connecting the upstream of decision {DecisionId}; closing the client."
    )]
    private partial void LogFault(Exception fault, string decisionId);
}
