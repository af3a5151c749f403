using AuthSidecar.Configuration;
using AuthSidecar.ExtAuthz;
using AuthSidecar.Pipeline;
using AuthSidecar.SocketLeases;
using AuthSidecar.WebSockets;

namespace AuthSidecar.Relay;

/// <summary>Opens a WebSocket, asks for a token in its first message, decides as Check does, and only then connects it to the upstream that the policy names. Answers everything else with 426.</summary>
internal sealed partial class RelayEndpoint(
    Decider decider,
    UpstreamConnector dial,
    SocketRegistry sockets,
    SocketReauthorizer reauthorizer,
    ISocketLeases leases,
    RelayMetrics metrics,
    RelayUsage usage,
    RelayTimes times,
    SettingsMonitor settings,
    TimeProvider time,
    ILogger<RelayEndpoint> logger)
{
    private const long MostBytes = 16 * 1024 * 1024;

    private readonly RelayEdge _edge = new();

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
            using var client = new WebSocketPeer(stream, isClient: true, http.Abort, time);
            metrics.Count(await ServeAsync(http, client, subprotocol));
        }
        catch (Exception fault) when (WebSocketPeer.IsGone(fault))
        {
            // The client left while it was told something.
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
        var (token, ending) = await FirstAsync(client);
        if (token is null)
        {
            LogNoToken(ending!.Reason);
            return await CloseAsync(client, ending);
        }

        var epoch = sockets.Epoch;
        var current = settings.Current.Settings;
        var request = RelayRequest.Read(http, token, RelayRequest.AddressOf(http, current.Limits.ClientAddress, current.Listen.TrustNetwork));
        var verdict = await DecideAsync(request);
        if (verdict.Decision is not Decision.Allow allow)
        {
            await AnswerAsync(client, isSuccess: false);
            return await CloseAsync(client, CloseReason.Of(verdict.Decision.Refusal ?? Denials.InternalError));
        }

        var opened = time.GetTimestamp();
        var end = CloseReason.Fault;
        try
        {
            await AnswerAsync(client, isSuccess: true);
            return end = await RelayAsync(http, client, subprotocol, verdict.Check, allow, epoch);
        }
        catch (Exception fault) when (WebSocketPeer.IsGone(fault))
        {
            end = CloseReason.ClientGone;
            throw;
        }
        finally
        {
            usage.Tell(verdict.Check.DecisionId, time.GetElapsedTime(opened), end);
            if (verdict.Check.SocketLease is { } lease)
            {
                await leases.EndAsync(lease);
            }
        }
    }

    private async Task<(string? Token, CloseReason? CloseReason)> FirstAsync(WebSocketPeer client)
    {
        using var patience = new CancellationTokenSource(times.FirstMessage, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, sockets.Stopping);
        try
        {
            var (token, ending) = await FirstMessage.ReceiveAsync(client, end.Token);
            return token is null ? (null, ending ?? CloseReason.Disconnected) : (token, null);
        }
        catch (FrameException wrong)
        {
            return (null, wrong.CloseReason);
        }
        catch (Exception fault) when (WebSocketPeer.IsGone(fault))
        {
            return (null, patience.IsCancellationRequested ? CloseReason.AuthTimeout : sockets.Stopping.IsCancellationRequested ? CloseReason.GoesAway : CloseReason.Disconnected);
        }
    }

    // Nobody watches the socket yet, so a client that does not read must not hold it.
    private async Task AnswerAsync(WebSocketPeer client, bool isSuccess)
    {
        using var patience = new CancellationTokenSource(times.Close, time);
        await using var cut = patience.Token.Register(client.Abort);
        await client.WriteAsync(FirstMessage.Answer(isSuccess), CancellationToken.None);
    }

    private async Task<RelayVerdict> DecideAsync(InboundRequest request)
    {
        var inquiry = decider.Begin(request);
        return inquiry.Pending.IsCompletedSuccessfully
            ? decider.Conclude(inquiry, _edge)
            : await decider.AwaitAsync(inquiry, Decider.Longest, _edge, CancellationToken.None);
    }

    private async Task<CloseReason> RelayAsync(HttpContext http, WebSocketPeer client, string? subprotocol, CheckContext check, Decision.Allow allow, long epoch)
    {
        var relay = check.Policy.Options.Relay;
        var headers = UpstreamHeaders.For(http.Request.Headers, allow.Edits, check.DecisionId);
        var (stream, problem) = await DialAsync(() => UpstreamTarget.Of(relay, check.Request, allow.Edits), headers, subprotocol);
        if (stream is null)
        {
            LogEnded(check.DecisionId, TimeSpan.Zero, problem!.Code, problem.Reason);
            return await CloseAsync(client, problem);
        }

        await using (stream)
        {
            using var upstream = new WebSocketPeer(stream, isClient: false, stream.Dispose, time);
            client.MostBytes = upstream.MostBytes = MostBytes;
            var socket = new RelayedSocket(client, upstream, times, time)
            {
                DecisionId = check.DecisionId,
                Request = RelayRequest.Again(check.Request),
                Relay = relay,
                Lease = check.SocketLease,
                Authorization = AuthorizationSnapshot.Of(check),
                ReauthorizeAt = reauthorizer.After(times.Reauthorization),
                RenewAt = reauthorizer.After(times.Renewal),
            };
            return await RunAsync(socket, epoch);
        }
    }

    private async Task<(Stream? Stream, CloseReason? CloseReason)> DialAsync(Func<Uri> target, IEnumerable<KeyValuePair<string, string>> headers, string? subprotocol)
    {
        try
        {
            return await dial.ConnectAsync(target(), headers, subprotocol, sockets.Stopping);
        }
        catch (OperationCanceledException)
        {
            return (null, CloseReason.GoesAway);
        }
        catch (Exception fault)
        {
            LogFault(fault);
            return (null, CloseReason.Fault);
        }
    }

    private async Task<CloseReason> RunAsync(RelayedSocket socket, long epoch)
    {
        sockets.Add(socket);
        try
        {
            var running = socket.RunAsync();
            await CatchUpAsync(socket, epoch);
            var ending = await running;
            LogEnded(socket.DecisionId, socket.Age, ending.Code, ending.Reason);
            return ending;
        }
        finally
        {
            sockets.Remove(socket);
        }
    }

    // Who was not yet here when something changed, or when all were sent away. Whatever goes wrong, the socket's buffers are in use until it has ended.
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
            LogFault(fault);
            socket.Close(CloseReason.Fault, CloseReason.Fault);
        }
    }

    private async Task<CloseReason> CloseAsync(WebSocketPeer client, CloseReason ending)
    {
        using var patience = new CancellationTokenSource(times.Close, time);
        await using var cut = patience.Token.Register(client.Abort);
        await client.CloseAsync(ending);
        await client.DrainAsync();
        return ending;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "A WebSocket of the relay ended before its token: {Reason}.")]
    private partial void LogNoToken(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The relayed socket of decision {DecisionId} ended after {Age}: {Code} {Reason}.")]
    private partial void LogEnded(string decisionId, TimeSpan age, int code, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A WebSocket of the relay failed and was cut.")]
    private partial void LogFault(Exception fault);
}
