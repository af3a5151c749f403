using System.Net.WebSockets;
using AuthSidecar.Credentials;
using AuthSidecar.Upstream;

namespace AuthSidecar.WebSockets;

/// <summary>Opens a refused WebSocket only to close it with the code and reason that the sidecar gave, since a browser shows nothing of a refused handshake. Answers everything else with 426.</summary>
internal sealed class Closer(CloseSignal signal, TimeProvider time)
{
    private const int PolicyViolation = 1008;
    private const int MostBytes = 16 * 1024;
    private const int BufferBytes = 512;

    /// <summary>How long a client has to answer the close frame.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public async Task AnswerAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            RequireUpgrade(context.Response);
            return;
        }

        var (code, reason) = signal.Read(context.Request.Headers[IdentityHeaders.WebSocketClose]) ?? (PolicyViolation, "");

        // A browser fails a connection whose offers go unanswered; the entry with the token is never repeated.
        var subprotocol = context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault(offered => !ProtocolToken.Is(offered));
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = subprotocol, KeepAliveInterval = TimeSpan.Zero });
        using var patience = new CancellationTokenSource(Patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, context.RequestAborted);
        try
        {
            await socket.CloseOutputAsync((WebSocketCloseStatus)code, reason, end.Token);
            await DrainAsync(socket, end.Token);
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException or IOException)
        {
            // It left, or it does not listen.
            socket.Abort();
        }
    }

    // What the client says until it has heard the code is nobody's business.
    private static async Task DrainAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        for (var read = 0; read < MostBytes;)
        {
            var frame = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            if (frame.MessageType == WebSocketMessageType.Close)
            {
                return;
            }

            read += frame.Count;
        }

        socket.Abort();
    }

    // RFC 9110 15.5.22 wants to know what to upgrade to.
    internal static void RequireUpgrade(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status426UpgradeRequired;
        response.Headers.Upgrade = "websocket";
        response.Headers.Connection = "Upgrade, close";
        response.Headers.SecWebSocketVersion = "13";
    }
}
