using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Relay;

/// <summary>A client that writes its frames byte by byte, valid or invalid.</summary>
internal sealed class RawSocket : IDisposable
{
    private static readonly byte[] _mask = [0x37, 0xFA, 0x21, 0x3D];
    private readonly TcpClient _client = new();

    private NetworkStream Stream => _client.GetStream();

    /// <summary>The response to the handshake.</summary>
    public string Answer { get; private set; } = "";

    public static async Task<RawSocket> OpenAsync(int port, string target, params string[] headers)
    {
        var socket = new RawSocket();
        await socket._client.ConnectAsync("127.0.0.1", port);
        string[] lines = [$"GET {target} HTTP/1.1", "Host: localhost", .. Sockets.Handshake, .. headers, "", ""];
        await socket.WriteAsync(Encoding.Latin1.GetBytes(string.Join("\r\n", lines)));
        var answer = new List<byte>();
        while (!answer.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            answer.Add((await ReadAsync(socket.Stream, 1))[0]);
        }

        socket.Answer = Encoding.Latin1.GetString([.. answer]);
        return socket;
    }

    /// <summary>One masked frame.</summary>
    public Task SendAsync(int first, byte[] payload) =>
        WriteAsync([.. Header(first, payload.Length), .. payload.Select((octet, i) => (byte)(octet ^ _mask[i % 4]))]);

    public Task SendAsync(int first, string payload) => SendAsync(first, Encoding.UTF8.GetBytes(payload));

    /// <summary>The header of a masked frame whose payload is not sent.</summary>
    public static byte[] Header(int first, long length)
    {
        byte[] size = length switch
        {
            < 126 => [(byte)(0x80 | length)],
            <= ushort.MaxValue => [0x80 | 126, 0, 0],
            _ => [0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 0],
        };
        switch (size.Length)
        {
            case 3:
                BinaryPrimitives.WriteUInt16BigEndian(size.AsSpan(1), (ushort)length);
                break;
            case 9:
                BinaryPrimitives.WriteInt64BigEndian(size.AsSpan(1), length);
                break;
        }

        return [(byte)first, .. size, .. _mask];
    }

    public async Task WriteAsync(byte[] bytes)
    {
        using var limit = new CancellationTokenSource(SocketConversation.Patience);
        await Stream.WriteAsync(bytes, limit.Token);
    }

    /// <summary>The next frame: its first byte and its payload. A masked frame from a server is an error.</summary>
    public async Task<(int First, byte[] Payload)> ReceiveAsync()
    {
        var start = await ReadAsync(Stream, 2);
        Assert.True(start[1] < 0x80);
        var length = start[1] switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(Stream, 2)),
            127 => (int)BinaryPrimitives.ReadInt64BigEndian(await ReadAsync(Stream, 8)),
            var small => small,
        };
        return (start[0], await ReadAsync(Stream, length));
    }

    public async Task<(int First, string Text)> ReceiveTextAsync() =>
        await ReceiveAsync() is var (first, payload) ? (first, Encoding.UTF8.GetString(payload)) : default;

    /// <summary>The next frame must be a close frame.</summary>
    public async Task<(int Code, string Reason)> ReceiveCloseAsync()
    {
        var (first, payload) = await ReceiveAsync();
        Assert.Equal(0x88, first);
        return (BinaryPrimitives.ReadUInt16BigEndian(payload), Encoding.UTF8.GetString(payload.AsSpan(2)));
    }

    /// <summary>True when only the connection's end remains.</summary>
    public async Task<bool> IsOverAsync()
    {
        using var limit = new CancellationTokenSource(SocketConversation.Patience);
        try
        {
            return await Stream.ReadAsync(new byte[1], limit.Token) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose() => _client.Dispose();

    private static async Task<byte[]> ReadAsync(NetworkStream stream, int count)
    {
        using var limit = new CancellationTokenSource(SocketConversation.Patience);
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, limit.Token);
        return bytes;
    }
}
