using System.Buffers;
using System.Net.WebSockets;
using AuthSidecar.Credentials;
using AuthSidecar.Upstream;

namespace AuthSidecar.WebSockets;

/// <summary>Opens a refused WebSocket only to close it with the code and reason that the sidecar gave, since a browser shows nothing of a refused handshake. Answers everything else with 426.</summary>
internal sealed class CloserEndpoint(CloseSignal signal, TimeProvider time)
{
    private const int PolicyViolation = 1008;
    private const int BufferBytes = 4096;

    // More than a second of uncompressed sound, which such clients send before they hear that they were refused.
    private const int MostBytes = 1024 * 1024;

    // RFC 9110 5.6.2: what a subprotocol may consist of. Answering with anything else breaks the handshake.
    private static readonly SearchValues<char> _tokenCharacters = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

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
        using var patience = new CancellationTokenSource(Patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, context.RequestAborted);
        try
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = Subprotocol(context.Request), KeepAliveInterval = TimeSpan.Zero });
            await CloseAsync(socket, code, reason, end.Token);
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException or IOException)
        {
            // It left before there was a socket.
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
            // It left, or it does not listen.
        }

        socket.Abort();
    }

    // What the client says until it has heard the code is nobody's business, but unread it would make TCP drop the code (RFC 9293 3.10.7.4).
    private static async Task<bool> HasAnsweredAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        for (var read = 0; read < MostBytes;)
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

    // A browser fails a connection whose offers go unanswered; the entry with the token is never repeated.
    private static string? Subprotocol(HttpRequest request)
    {
        _ = ProtocolToken.Read(request.Headers.SecWebSocketProtocol, out _, out var others);
        return others.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(entry => !entry.AsSpan().ContainsAnyExcept(_tokenCharacters));
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
