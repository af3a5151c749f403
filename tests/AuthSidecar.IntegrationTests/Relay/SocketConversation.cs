using System.Net.WebSockets;
using System.Text;

namespace AuthSidecar.IntegrationTests.Relay;

/// <summary>One end of a WebSocket in complete messages, each with a generous timeout.</summary>
internal class SocketConversation(WebSocket socket)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public WebSocket Socket => socket;

    public Task SendTextAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public async Task SendAsync(byte[] bytes, WebSocketMessageType type, bool isEnd = true)
    {
        using var limit = new CancellationTokenSource(Patience);
        await socket.SendAsync(bytes, type, isEnd, limit.Token);
    }

    public async Task<string> ReceiveTextAsync()
    {
        var (type, bytes) = await ReceiveAsync();
        Assert.True(type == WebSocketMessageType.Text, $"{type} {socket.CloseStatus} {socket.CloseStatusDescription}");
        return Encoding.UTF8.GetString(bytes);
    }

    public async Task<(WebSocketMessageType Type, byte[] Bytes)> ReceiveAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), limit.Token);
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage || part.MessageType == WebSocketMessageType.Close)
            {
                return (part.MessageType, message.ToArray());
            }
        }
    }

    /// <summary>The close frame, after any earlier messages; it is answered.</summary>
    public async Task<(int Code, string Reason)> ClosedAsync()
    {
        while ((await ReceiveAsync()).Type != WebSocketMessageType.Close)
        {
            // Skipped.
        }

        using var limit = new CancellationTokenSource(Patience);
        if (socket.State == WebSocketState.CloseReceived)
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
        }

        return ((int)socket.CloseStatus!, socket.CloseStatusDescription ?? "");
    }

    public async Task CloseAsync(int code, string reason)
    {
        using var limit = new CancellationTokenSource(Patience);
        await socket.CloseOutputAsync((WebSocketCloseStatus)code, reason, limit.Token);
    }
}
