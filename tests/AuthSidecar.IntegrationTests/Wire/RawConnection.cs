using System.Buffers.Binary;
using System.Net.Sockets;
using System.Threading.Channels;

namespace AuthSidecar.IntegrationTests.Wire;

/// <summary>
/// HTTP/2 frame by frame, so that tests can send frames that no client library would and inspect the frames of the response.
/// </summary>
internal sealed class RawConnection : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TcpClient _tcp;
    private readonly NetworkStream _stream;
    private readonly Channel<RawFrame> _frames = Channel.CreateUnbounded<RawFrame>();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Task _receiving;
    private int _nextStreamId = 1;

    private RawConnection(TcpClient tcp)
    {
        _tcp = tcp;
        _stream = tcp.GetStream();
        _receiving = ReceiveAsync();
    }

    public static async Task<RawConnection> OpenAsync(Uri address)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(address.Host, address.Port);
        var connection = new RawConnection(tcp);
        await connection.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());

        // HEADER_TABLE_SIZE 0: no dynamic table; INITIAL_WINDOW_SIZE: large enough for every response.
        await connection.SendAsync(RawFrameType.Settings, 0, 0, new byte[] { 0, 1, 0, 0, 0, 0, 0, 4, 0x7F, 0xFF, 0xFF, 0xFF });
        await connection.SendAsync(RawFrameType.WindowUpdate, 0, 0, new byte[] { 0x7F, 0, 0, 0 });
        return connection;
    }

    /// <summary>Opens a new stream with these header fields.</summary>
    public async Task<RawStream> SendHeadersAsync(IEnumerable<(string Name, string Value)> fields, bool endStream = false)
    {
        var id = _nextStreamId;
        _nextStreamId += 2;
        var block = Hpack.Encode(fields);
        var flags = endStream ? RawFrame.EndStreamFlag : (byte)0;
        var first = block.AsMemory(0, Math.Min(block.Length, 16_384));
        var frames = new List<byte>();
        frames.AddRange(
            Frame(RawFrameType.Headers, (byte)(flags | (first.Length == block.Length ? RawFrame.EndHeadersFlag : 0)), id, first)
        );
        for (var sent = first.Length; sent < block.Length; )
        {
            var part = block.AsMemory(sent, Math.Min(block.Length - sent, 16_384));
            sent += part.Length;
            frames.AddRange(Frame(RawFrameType.Continuation, sent == block.Length ? RawFrame.EndHeadersFlag : (byte)0, id, part));
        }

        // One write: a frame between those of a header block, such as the receiver's SETTINGS ACK, is a connection error (RFC 9113, 6.10).
        await WriteAsync(frames.ToArray());
        return new RawStream(this, id);
    }

    public Task SendAsync(RawFrameType type, byte flags, int streamId, ReadOnlyMemory<byte> payload) =>
        WriteAsync(Frame(type, flags, streamId, payload));

    /// <summary>The next frame of any stream, or null when the server has closed the connection.</summary>
    public async Task<RawFrame?> NextAsync()
    {
        using var timeout = new CancellationTokenSource(Patience);
        return await _frames.Reader.WaitToReadAsync(timeout.Token) && _frames.Reader.TryRead(out var frame) ? frame : null;
    }

    public async Task<RawFrame?> NextAsync(RawFrameType type)
    {
        while (await NextAsync() is { } frame)
        {
            if (frame.Type == type)
            {
                return frame;
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        await _receiving;
        _writing.Dispose();
    }

    private static byte[] Frame(RawFrameType type, byte flags, int streamId, ReadOnlyMemory<byte> payload)
    {
        var frame = new byte[9 + payload.Length];
        frame[0] = (byte)(payload.Length >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(1), (ushort)payload.Length);
        frame[3] = (byte)type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), streamId);
        payload.CopyTo(frame.AsMemory(9));
        return frame;
    }

    private async Task WriteAsync(byte[] bytes)
    {
        await _writing.WaitAsync();
        try
        {
            await _stream.WriteAsync(bytes);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            var header = new byte[9];
            while (true)
            {
                await _stream.ReadExactlyAsync(header);
                var payload = new byte[(header[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(1))];
                await _stream.ReadExactlyAsync(payload);
                var frame = new RawFrame(
                    (RawFrameType)header[3],
                    header[4],
                    BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)),
                    payload
                );
                if (frame.Type == RawFrameType.Settings && (frame.Flags & RawFrame.AckFlag) == 0)
                {
                    await SendAsync(RawFrameType.Settings, RawFrame.AckFlag, 0, default);
                }
                else if (frame.Type is not (RawFrameType.Settings or RawFrameType.WindowUpdate))
                {
                    _frames.Writer.TryWrite(frame);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // Either side has closed the connection; readers that wait for a frame get the end of the stream.
            _frames.Writer.TryComplete();
        }
    }
}
