namespace AuthSidecar.WebSockets.Relay;

/// <summary>Waits for a client's first message, for a bounded time and only while the relay is not stopping.</summary>
internal sealed class FirstMessageReceiver(SocketRegistry sockets, RelayTimeouts times, TimeProvider time)
{
    /// <returns>The token, or why the socket is closed without one.</returns>
    public async Task<(string? Token, CloseReason? Failure)> ReceiveAsync(WebSocketPeer client)
    {
        using var timeout = new CancellationTokenSource(times.FirstMessage, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, sockets.Stopping);
        try
        {
            var (token, failure) = await FirstMessage.ReceiveAsync(client, end.Token);
            return token is null ? (null, failure ?? CloseReason.Disconnected) : (token, null);
        }
        catch (FrameException wrong)
        {
            return (null, wrong.CloseReason);
        }
        catch (Exception fault) when (WebSocketPeer.IsGone(fault))
        {
            return (
                null,
                timeout.IsCancellationRequested ? CloseReason.AuthTimeout
                : sockets.Stopping.IsCancellationRequested ? CloseReason.GoesAway
                : CloseReason.Disconnected
            );
        }
    }
}
