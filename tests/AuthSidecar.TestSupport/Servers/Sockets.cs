using System.Net.WebSockets;
using System.Text;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>The client's end of WebSockets.</summary>
internal static class Sockets
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <summary>A handshake for <see cref="RawHttp"/>.</summary>
    public static string[] Handshake { get; } =
    ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];

    public static async Task<ClientWebSocket> ConnectAsync(int port, string path, params (string Name, string Value)[] headers)
    {
        using var limit = new CancellationTokenSource(Limit);
        var socket = new ClientWebSocket();
        foreach (var (name, value) in headers)
        {
            socket.Options.SetRequestHeader(name, value);
        }

        await socket.ConnectAsync(new($"ws://127.0.0.1:{port}{path}"), limit.Token);
        return socket;
    }

    public static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        using var limit = new CancellationTokenSource(Limit);
        var buffer = new byte[64 * 1024];
        var frame = await socket.ReceiveAsync(buffer, limit.Token);
        return Encoding.UTF8.GetString(buffer, 0, frame.Count);
    }
}
