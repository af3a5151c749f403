using System.Net.WebSockets;
using System.Text;

namespace AuthSidecar.Demo;

/// <summary>A WebSocket client that reports a refused handshake like any other answer.</summary>
internal static class WebSocketClient
{
    private const string Ping = "ping";
    private const string Subprotocols = "sec-websocket-protocol";

    /// <summary>Connects and, once it is in, has one message echoed.</summary>
    public static async Task<Exchange> ConnectAsync(Uri address, DemoCase request, string mark, CancellationToken cancellationToken)
    {
        using var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.SetRequestHeader(Arrivals.Header, mark);
        foreach (var (name, value) in request.Headers)
        {
            Add(socket.Options, name, value);
        }

        try
        {
            await socket.ConnectAsync(new UriBuilder(new Uri(address, request.Path)) { Scheme = "ws" }.Uri, cancellationToken);
        }
        catch (WebSocketException) when (socket.HttpStatusCode != 0)
        {
            return new(Answer(socket, ""), null);
        }

        var said = new List<string>();
        if (request.FirstMessage is { } first)
        {
            await SendAsync(socket, first, cancellationToken);
            said.Add(await ReceiveAsync(socket, cancellationToken));
        }

        said.Add(await ReceiveAsync(socket, cancellationToken));
        if (socket.CloseStatus is { } code)
        {
            // Answered, so that the other side knows that its code was heard.
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", cancellationToken);
            return new(Answer(socket, string.Concat(said)), null) { Close = ((int)code, socket.CloseStatusDescription ?? "") };
        }

        await SendAsync(socket, Ping, cancellationToken);
        var echo = await ReceiveAsync(socket, cancellationToken);

        // CloseAsync would also wait for the connection to end, which Envoy puts off.
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", cancellationToken);
        return new(Answer(socket, string.Join('\n', said.Append(echo))), null)
        {
            Note = "a message was echoed",
            Complaint = echo == Ping ? null : "the echo is not what was sent",
        };
    }

    private static void Add(ClientWebSocketOptions options, string name, string value)
    {
        if (!name.Equals(Subprotocols, StringComparison.OrdinalIgnoreCase))
        {
            options.SetRequestHeader(name, value);
            return;
        }

        foreach (var subprotocol in value.Split(", "))
        {
            options.AddSubProtocol(subprotocol);
        }
    }

    private static ClientAnswer Answer(ClientWebSocket socket, string body) => new(
        (int)socket.HttpStatusCode,
        (socket.HttpResponseHeaders ?? new Dictionary<string, IEnumerable<string>>()).ToDictionary(header => header.Key.ToLowerInvariant(), header => string.Join(", ", header.Value)),
        body);

    private static Task SendAsync(ClientWebSocket socket, string text, CancellationToken cancellationToken) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);

    private static async Task<string> ReceiveAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        var frame = await socket.ReceiveAsync(buffer, cancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, frame.Count);
    }
}
