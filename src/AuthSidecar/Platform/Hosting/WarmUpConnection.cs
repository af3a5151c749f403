using System.Buffers.Binary;
using System.Text;

namespace AuthSidecar.Platform.Hosting;

/// <summary>
/// A minimal HTTP/2 client for unary gRPC calls of one method, as Envoy makes them: many streams on one connection, headers from HPACK's
/// dynamic table. HttpClient would cost more than the server, and its code would be compiled beside the server's.
/// </summary>
/// <remarks>RFC 9113, sections 3.4 and 4 to 6; RFC 7541, section 6.</remarks>
internal sealed class WarmUpConnection(Stream stream, string method) : IDisposable
{
    private const int FrameHeader = 9;
    private const int GrpcPrefix = 5;
    private const int Ack = 1;
    private const int EndStream = 1;
    private const int EndHeaders = 4;

    // Of HPACK's static table, with 0x80 of an indexed field and 0x40 of a literal that is added to the dynamic table.
    private const byte PostMethod = 0x83;
    private const byte HttpScheme = 0x86;
    private const int LiteralAuthority = 0x41;
    private const int LiteralPath = 0x44;
    private const int LiteralContentType = 0x5f;
    private const int LiteralName = 0x40;

    private readonly MemoryStream _output = new();
    private readonly byte[] _input = new byte[64 * 1024];
    private int _buffered;
    private int _lastStream = -1;

    /// <summary>Makes the calls concurrently and waits for all answers, whose content is ignored.</summary>
    /// <exception cref="IOException">The server ended the connection or a call.</exception>
    public async Task CallAsync(IReadOnlyList<WarmUpRequest> requests, CancellationToken cancellationToken)
    {
        _output.SetLength(0);
        foreach (var request in requests)
        {
            WriteCall(request.Next());
        }

        for (var left = requests.Count; left > 0; )
        {
            await stream.WriteAsync(_output.GetBuffer().AsMemory(0, (int)_output.Length), cancellationToken);
            _output.SetLength(0);
            var read = await stream.ReadAsync(_input.AsMemory(_buffered), cancellationToken);
            if (read == 0)
            {
                throw new IOException("The server closed the connection.");
            }

            _buffered += read;
            left -= ReadFrames();
        }
    }

    public void Dispose()
    {
        stream.Dispose();
        _output.Dispose();
    }

    private void WriteCall(ReadOnlySpan<byte> message)
    {
        var isFirst = _lastStream < 0;
        if (isFirst)
        {
            Begin();
        }

        _lastStream += 2;
        WriteFrame(FrameType.Headers, EndHeaders, _lastStream, isFirst ? FirstHeaders() : LaterHeaders);
        Span<byte> prefix = [0, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(prefix[1..], message.Length);
        WriteHeader(GrpcPrefix + message.Length, FrameType.Data, EndStream, _lastStream);
        _output.Write(prefix);
        _output.Write(message);
    }

    // Windows so large that no answer waits for an update.
    private void Begin()
    {
        _output.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        WriteFrame(FrameType.Settings, 0, 0, [0, 4, 0x7f, 0xff, 0xff, 0xff]);
        WriteFrame(FrameType.WindowUpdate, 0, 0, [0x7f, 0, 0, 0]);
    }

    private byte[] FirstHeaders()
    {
        using var block = new MemoryStream();
        block.WriteByte(PostMethod);
        block.WriteByte(HttpScheme);
        Add(LiteralAuthority, null, "warm-up");
        Add(LiteralPath, null, method);
        Add(LiteralContentType, null, "application/grpc");
        Add(LiteralName, "te", "trailers");
        Add(LiteralName, "grpc-timeout", "10S");
        return block.ToArray();

        void Add(int kind, string? name, string value)
        {
            block.WriteByte((byte)kind);
            foreach (var text in name is null ? [value] : new[] { name, value })
            {
                block.WriteByte((byte)text.Length);
                block.Write(Encoding.ASCII.GetBytes(text));
            }
        }
    }

    // The newest entry of the dynamic table is 62.
    private static ReadOnlySpan<byte> LaterHeaders => [PostMethod, HttpScheme, 0x80 | 66, 0x80 | 65, 0x80 | 64, 0x80 | 63, 0x80 | 62];

    private int ReadFrames()
    {
        var (ended, start) = (0, 0);
        while (_buffered - start >= FrameHeader)
        {
            var frame = _input.AsSpan(start, _buffered - start);
            var length = (frame[0] << 16) | (frame[1] << 8) | frame[2];
            if (frame.Length < FrameHeader + length)
            {
                break;
            }

            ended += Read((FrameType)frame[3], frame[4], frame.Slice(FrameHeader, length)) ? 1 : 0;
            start += FrameHeader + length;
        }

        _buffered -= start;
        _input.AsSpan(start, _buffered).CopyTo(_input);
        return ended;
    }

    // True at the end of an answer.
    private bool Read(FrameType type, byte flags, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case FrameType.Reset or FrameType.GoAway:
                throw new IOException("The server ended a call.");
            case FrameType.Settings or FrameType.Ping when flags != Ack:
                WriteFrame(type, Ack, 0, type == FrameType.Ping ? payload : []);
                return false;
            default:
                return type is FrameType.Data or FrameType.Headers && (flags & EndStream) != 0;
        }
    }

    private void WriteFrame(FrameType type, int flags, int streamId, ReadOnlySpan<byte> payload)
    {
        WriteHeader(payload.Length, type, flags, streamId);
        _output.Write(payload);
    }

    private void WriteHeader(int length, FrameType type, int flags, int streamId)
    {
        Span<byte> header = stackalloc byte[FrameHeader];
        BinaryPrimitives.WriteInt32BigEndian(header, length << 8);
        header[3] = (byte)type;
        header[4] = (byte)flags;
        BinaryPrimitives.WriteInt32BigEndian(header[5..], streamId);
        _output.Write(header);
    }

    private enum FrameType : byte
    {
        Data = 0,
        Headers = 1,
        Reset = 3,
        Settings = 4,
        Ping = 6,
        GoAway = 7,
        WindowUpdate = 8,
    }
}
