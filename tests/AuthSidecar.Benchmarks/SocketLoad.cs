using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AuthSidecar.Benchmarks;

/// <summary>Handwritten WebSocket frames, so that the cost of the client is small compared with the measured one.</summary>
internal sealed class SocketLoad(int port, string token)
{
    // A text frame masked with zeros (RFC 6455 5.2), and its echo.
    private static readonly byte[] _hello = [0x81, 0x85, 0, 0, 0, 0, .. "hello"u8];
    private static readonly byte[] _echo = [0x81, 0x05, .. "hello"u8];

    private readonly byte[] _handshake = Encoding.ASCII.GetBytes(
        "GET /ws/bench HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
            + $"13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {token}\r\n\r\n"
    );

    public void OpenAndEcho()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        var buffer = new byte[4096];
        socket.Send(_handshake);
        var head = Receive(socket, buffer, received => received.EndsWith("\r\n\r\n", StringComparison.Ordinal));
        if (!head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"Unexpected answer: {head}");
        }

        socket.Send(_hello);
        var echo = Receive(socket, buffer, received => received.Length >= _echo.Length);
        if (!Encoding.Latin1.GetBytes(echo).AsSpan().SequenceEqual(_echo))
        {
            throw new InvalidOperationException($"Not the echo of what was sent: {echo}");
        }
    }

    private static string Receive(Socket socket, byte[] buffer, Func<string, bool> isWhole)
    {
        for (var length = 0; ; )
        {
            var received = socket.Receive(buffer, length, buffer.Length - length, SocketFlags.None);
            length += received > 0 ? received : throw new IOException("The connection ended.");
            if (Encoding.Latin1.GetString(buffer, 0, length) is var text && isWhole(text))
            {
                return text;
            }
        }
    }
}
