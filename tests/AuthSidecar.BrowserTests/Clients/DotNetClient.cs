using System.Net;
using System.Net.Security;
using System.Net.WebSockets;
using System.Text;

namespace AuthSidecar.BrowserTests.Clients;

/// <summary>.NET's own client.</summary>
internal static class DotNetClient
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    /// <summary>Opens a WebSocket and waits for its end.</summary>
    /// <param name="call">The WebSocket.</param>
    /// <param name="http2">Null: HTTP/1.1.</param>
    public static async Task<SeenSocket> OpenAsync(SocketCall call, HttpMessageInvoker? http2 = null)
    {
        using var limit = new CancellationTokenSource(_limit);
        using var socket = Socket(call, http2);
        try
        {
            await socket.ConnectAsync(new(call.Url), http2, limit.Token);
        }
        catch (WebSocketException) when (socket.HttpStatusCode != 0)
        {
            var headers = socket.HttpResponseHeaders!.ToDictionary(
                header => header.Key.ToLowerInvariant(),
                header => string.Join(',', header.Value)
            );
            return new()
            {
                Code = SeenSocket.Abnormal,
                Status = (int)socket.HttpStatusCode,
                Headers = headers,
            };
        }

        return await TalkAsync(socket, call, limit.Token);
    }

    /// <summary>Opens a WebSocket to an application that speaks first, with retries, and leaves it open.</summary>
    public static async Task<ClientWebSocket> HoldAsync(SocketCall call)
    {
        using var limit = new CancellationTokenSource(_limit);
        while (true)
        {
            var socket = Socket(call, http2: null);
            try
            {
                await socket.ConnectAsync(new(call.Url), limit.Token);
                if (await socket.ReceiveAsync(new byte[64 * 1024], limit.Token) is { MessageType: WebSocketMessageType.Text })
                {
                    return socket;
                }
            }
            catch (WebSocketException)
            {
                // Refused while an earlier one is still open.
            }

            socket.Dispose();
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>A separate connection over HTTP/2 (RFC 8441).</summary>
    /// <param name="isTrusted">Validates the server's certificate.</param>
    public static HttpMessageInvoker Http2(RemoteCertificateValidationCallback isTrusted) =>
        new(new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = isTrusted } });

    private static ClientWebSocket Socket(SocketCall call, HttpMessageInvoker? http2)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        foreach (var protocol in call.Protocols)
        {
            socket.Options.AddSubProtocol(protocol);
        }

        foreach (var (name, value) in call.Headers)
        {
            socket.Options.SetRequestHeader(name, value);
        }

        if (http2 is not null)
        {
            socket.Options.HttpVersion = HttpVersion.Version20;
            socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }

        return socket;
    }

    private static async Task<SeenSocket> TalkAsync(ClientWebSocket socket, SocketCall call, CancellationToken cancellationToken)
    {
        if (call.First is { } first)
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(first), WebSocketMessageType.Text, true, cancellationToken);
        }

        var seen = new SeenSocket { Opened = true, Protocol = socket.SubProtocol ?? "" };
        var messages = new List<string>();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer, cancellationToken) is { MessageType: not WebSocketMessageType.Close } frame)
            {
                messages.Add(Encoding.UTF8.GetString(buffer, 0, frame.Count));
                if (messages.Count == call.Wanted)
                {
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "done", cancellationToken);
                }
            }
        }
        catch (WebSocketException)
        {
            return seen with { Messages = messages, Code = SeenSocket.Abnormal };
        }

        if (socket.State is WebSocketState.CloseReceived)
        {
            await socket.CloseOutputAsync(socket.CloseStatus!.Value, socket.CloseStatusDescription, cancellationToken);
        }

        return seen with
        {
            Messages = messages,
            Code = (int)socket.CloseStatus!.Value,
            Reason = socket.CloseStatusDescription ?? "",
        };
    }
}
