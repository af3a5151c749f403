using System.Net.WebSockets;
using AuthSidecar.Access.Credentials;
using AuthSidecar.Access.Upstream;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.WebSockets.Closer;

/// <summary>
/// Accepts a denied WebSocket only to close it with the sidecar's code and reason, because a browser exposes nothing of a rejected
/// handshake. Any other request gets 426.
/// </summary>
internal sealed class CloserEndpoint(CloseSignal signal, TimeProvider time)
{
    private const int PolicyViolation = 1008;
    private const int BufferBytes = 4096;

    // More than a second of uncompressed audio, which realtime clients send before they read the close frame.
    private const int MaxDrainedBytes = 1024 * 1024;

    /// <summary>Timeout for the client's close frame.</summary>
    public static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(1);

    public async Task AnswerAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            RequireUpgrade(context.Response);
            return;
        }

        var (code, reason) = signal.Read(context.Request.Headers[IdentityHeaders.WebSocketClose]) ?? (PolicyViolation, "");
        using var timeout = new CancellationTokenSource(CloseTimeout, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.RequestAborted);
        try
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync(
                new WebSocketAcceptContext { SubProtocol = Subprotocol(context.Request), KeepAliveInterval = TimeSpan.Zero }
            );
            await CloseAsync(socket, code, reason, end.Token);
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException or IOException)
        {
            // The client left before the handshake ended.
        }
    }

    private static async Task CloseAsync(WebSocket socket, int code, string reason, CancellationToken cancellationToken)
    {
        try
        {
            await socket.CloseOutputAsync((WebSocketCloseStatus)code, reason, cancellationToken);
            if (await HasAnsweredAsync(socket, cancellationToken))
            {
                return;
            }
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException or IOException)
        {
            // The client left, or does not read.
        }

        socket.Abort();
    }

    // Discards data received before the client has read the code: unread, it would make TCP reset the connection and lose the code (RFC
    // 9293 3.10.7.4).
    private static async Task<bool> HasAnsweredAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        for (var read = 0; read < MaxDrainedBytes; )
        {
            var frame = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            if (frame.MessageType == WebSocketMessageType.Close)
            {
                return true;
            }

            read += frame.Count;
        }

        return false;
    }

    // A browser fails a connection when none of its offers is selected; the entry with the token is never echoed.
    private static string? Subprotocol(HttpRequest request)
    {
        _ = ProtocolToken.TryRead(request.Headers.SecWebSocketProtocol, out var offered);
        return offered
            .Others.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(entry => HeaderText.IsToken(entry));
    }

    // RFC 9110 15.5.22 requires Upgrade in a 426.
    internal static void RequireUpgrade(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status426UpgradeRequired;
        response.Headers.Upgrade = "websocket";
        response.Headers.Connection = "Upgrade, close";
        response.Headers.SecWebSocketVersion = "13";
    }
}
