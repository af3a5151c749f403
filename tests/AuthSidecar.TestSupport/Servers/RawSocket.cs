using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>
/// One TCP connection with handwritten frames of RFC 6455, for behaviour that no client library has. One character of a text is one byte.
/// </summary>
internal sealed class RawSocket : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(25);
    private readonly TcpClient _client = new();
    private readonly CancellationTokenSource _limit = new(Limit);
    private NetworkStream _stream = null!;
    private byte[] _unread = [];

    /// <summary>A handshake for a path, with further header lines.</summary>
    public static string Handshake(string target, params string[] headers) =>
        string.Join("\r\n", [$"GET {target} HTTP/1.1", "Host: localhost", .. Sockets.Handshake, .. headers, "", ""]);

    /// <summary>A client's frame, masked with zeros.</summary>
    public static byte[] Frame(int opcode, byte[] payload) =>
        payload.Length <= 125
            ? [(byte)(0x80 | opcode), (byte)(0x80 | payload.Length), 0, 0, 0, 0, .. payload]
            : [(byte)(0x80 | opcode), 0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length, 0, 0, 0, 0, .. payload];

    /// <summary>Code and reason of the only frame, a close frame (RFC 6455 5.5.1).</summary>
    public static (int Code, string Reason) ReadClose(byte[] frames)
    {
        Assert.True(frames.Length >= 4 && frames[0] == 0x88 && frames[1] <= 125, $"Not a close frame: {Convert.ToHexString(frames)}");
        Assert.Equal(2 + frames[1], frames.Length);
        return (
            BinaryPrimitives.ReadUInt16BigEndian(frames.AsSpan(2)),
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(frames.AsSpan(4))
        );
    }

    /// <param name="port">A port of this machine.</param>
    /// <param name="receiveBuffer">Size of the kernel's receive buffer in bytes, or null for the default.</param>
    public static async Task<RawSocket> ConnectAsync(int port, int? receiveBuffer = null)
    {
        var socket = new RawSocket();
        socket._client.ReceiveBufferSize = receiveBuffer ?? socket._client.ReceiveBufferSize;
        await socket._client.ConnectAsync("127.0.0.1", port, socket._limit.Token);
        socket._stream = socket._client.GetStream();
        return socket;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(byte[] bytes) => await _stream.WriteAsync(bytes, _limit.Token);

    /// <summary>Answers a close frame.</summary>
    public Task AnswerCloseAsync() => TrySendAsync(Frame(8, [0x03, 0xE8]));

    /// <summary>Sends to a peer that may have closed already; its earlier data can still be read.</summary>
    public async Task TrySendAsync(byte[] bytes)
    {
        try
        {
            await SendAsync(bytes);
        }
        catch (IOException)
        {
            // The peer has closed.
        }
    }

    /// <summary>Sends the same bytes repeatedly until the peer closes or resets the connection.</summary>
    public async Task FloodAsync(byte[] bytes, TimeSpan pause = default)
    {
        try
        {
            while (true)
            {
                await SendAsync(bytes);
                await Task.Delay((int)pause.TotalMilliseconds);
            }
        }
        catch (IOException)
        {
            // The peer has closed.
        }
    }

    /// <summary>The head of a response, up to its empty line.</summary>
    /// <exception cref="IOException">The peer closed or reset the connection before that.</exception>
    public async Task<string> HeadAsync()
    {
        var buffer = new byte[4096];
        int end;
        while ((end = Encoding.Latin1.GetString(_unread).IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
        {
            var count = await _stream.ReadAsync(buffer, _limit.Token);
            _unread =
                count > 0
                    ? [.. _unread, .. buffer[..count]]
                    : throw new IOException($"No whole head: '{Encoding.Latin1.GetString(_unread)}'");
        }

        var head = Encoding.Latin1.GetString(_unread, 0, end + 4);
        _unread = _unread[(end + 4)..];
        return head;
    }

    /// <summary>All remaining bytes until the peer closes or resets the connection.</summary>
    public async Task<byte[]> RestAsync()
    {
        using var rest = new MemoryStream();
        rest.Write(_unread);
        _unread = [];
        var buffer = new byte[4096];
        try
        {
            while (await _stream.ReadAsync(buffer, _limit.Token) is var count and > 0)
            {
                rest.Write(buffer, 0, count);
            }
        }
        catch (IOException)
        {
            // A reset is an end too.
        }

        return rest.ToArray();
    }

    public void Dispose()
    {
        _client.Dispose();
        _limit.Dispose();
    }
}
