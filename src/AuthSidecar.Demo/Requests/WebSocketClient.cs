using System.Net.WebSockets;
using System.Text;

namespace AuthSidecar.Demo.Requests;

/// <summary>A WebSocket client that reports a refused handshake like any other response.</summary>
internal static class WebSocketClient
{
    private const string Ping = "ping";
    private const string Subprotocols = "sec-websocket-protocol";

    /// <summary>Connects and, when accepted, sends one message and receives its echo.</summary>
    public static async Task<Exchange> ConnectAsync(Uri address, DemoCase request, string id, CancellationToken cancellationToken)
    {
        using var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.SetRequestHeader(ReceivedRequests.Header, id);
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

        var messages = new List<string>();
        if (request.FirstMessage is { } first)
        {
            await SendAsync(socket, first, cancellationToken);
            messages.Add(await ReceiveAsync(socket, cancellationToken));
        }

        messages.Add(await ReceiveAsync(socket, cancellationToken));
        if (socket.CloseStatus is { } code)
        {
            // Completes the closing handshake.
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", cancellationToken);
            return new(Answer(socket, string.Concat(messages)), null) { Close = ((int)code, socket.CloseStatusDescription ?? "") };
        }

        await SendAsync(socket, Ping, cancellationToken);
        var echo = await ReceiveAsync(socket, cancellationToken);

        // CloseAsync would also wait for the end of the connection, which Envoy delays.
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", cancellationToken);
        return new(Answer(socket, string.Join('\n', messages.Append(echo))), null)
        {
            Note = "a message was echoed",
            Complaint = echo == Ping ? null : "the echo differs from the message",
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

    private static ClientAnswer Answer(ClientWebSocket socket, string body) =>
        new(
            (int)socket.HttpStatusCode,
            (socket.HttpResponseHeaders ?? new Dictionary<string, IEnumerable<string>>()).ToDictionary(
                header => header.Key.ToLowerInvariant(),
                header => string.Join(", ", header.Value)
            ),
            body
        );

    private static Task SendAsync(ClientWebSocket socket, string text, CancellationToken cancellationToken) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);

    private static async Task<string> ReceiveAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        var frame = await socket.ReceiveAsync(buffer, cancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, frame.Count);
    }
}
