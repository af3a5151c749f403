using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.WebSockets.Closer;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>
/// Accepts a WebSocket, reads a token from its first message, decides as Check does, and only then opens the session with the policy's
/// upstream. Any other request gets 426.
/// </summary>
internal sealed partial class RelayEndpoint(
    FirstMessageReceiver firstMessage,
    RelayAuthorizer authorizer,
    RelaySession session,
    SocketRegistry sockets,
    RelayMetrics metrics,
    RelayTimeouts times,
    TimeProvider time,
    ILogger<RelayEndpoint> logger
)
{
    public async Task AnswerAsync(HttpContext http)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            CloserEndpoint.RequireUpgrade(http.Response);
            return;
        }

        sockets.Enter();
        try
        {
            var subprotocol = Handshake.ChooseSubprotocol(http.WebSockets.WebSocketRequestedProtocols);
            var stream = await Handshake.AcceptAsync(http, subprotocol);
            using var client = new WebSocketPeer(stream, isClient: true, http.Abort, times, time);
            metrics.Count(await ServeAsync(http, client, subprotocol));
        }
        catch (Exception fault) when (WebSocketPeer.IsGone(fault))
        {
            // The client left during a write.
            metrics.Count(CloseReason.ClientGone);
        }
        catch (Exception fault)
        {
            LogFault(fault);
            metrics.Count(CloseReason.Fault);
            http.Abort();
        }
        finally
        {
            sockets.Leave();
        }
    }

    private async Task<CloseReason> ServeAsync(HttpContext http, WebSocketPeer client, string? subprotocol)
    {
        var (token, failure) = await firstMessage.ReceiveAsync(client);
        if (token is null)
        {
            LogNoToken(failure!.Reason);
            return await client.CloseAndDrainAsync(failure);
        }

        // Before the decision: an invalidation that arrives during it must be seen by the session.
        var epoch = sockets.Epoch;
        var verdict = await authorizer.DecideAsync(http, token);
        if (verdict.Decision is Decision.Allow allow)
        {
            return await session.RunAsync(http.Request.Headers, client, subprotocol, verdict.Check, allow, epoch);
        }

        await client.WriteInTimeAsync(FirstMessage.Answer(isSuccess: false));
        return await client.CloseAndDrainAsync(CloseReason.Of(verdict.Decision.Denial ?? Denials.InternalError));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Relay WebSocket closed before authentication: {Reason}.")]
    private partial void LogNoToken(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Relay WebSocket failed; connection aborted.")]
    private partial void LogFault(Exception fault);
}
