using System.Buffers;
using System.Runtime.CompilerServices;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>Parses one peer's frames into parts as they arrive. Holds a buffer only while it contains data.</summary>
/// <param name="stream">The connection.</param>
/// <param name="isMasked">True when the peer is the client.</param>
internal sealed class FrameReader(Stream stream, bool isMasked) : IDisposable
{
    private const int BufferBytes = 16 * 1024;

    private readonly bool _isMasked = isMasked;
    private byte[]? _buffer;
    private int _start;
    private int _end;
    private HeaderBytes _header;
    private int _headerLength;
    private FrameHeader? _frame;
    private uint _mask;
    private long _rest;
    private byte[]? _control;
    private int _controlLength;
    private Opcode? _message;
    private long _messageBytes;

    /// <summary>Maximum message size in bytes; more is closed with 1009.</summary>
    public long MostBytes { get; set; }

    /// <returns>Null when the connection ended without a close frame.</returns>
    /// <exception cref="FrameException">Protocol violation, or the message is too big.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FramePart?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryTake(out var part))
            {
                return part;
            }

            var isMoreThere = _buffer is { } full && _end == full.Length;
            Dispose();
            if (!isMoreThere)
            {
                // Waits without a buffer: most sockets are idle most of the time.
                _ = await stream.ReadAsync(Memory<byte>.Empty, cancellationToken);
            }

            _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
            _start = FrameHeader.Longest;
            _end = _start + await stream.ReadAsync(_buffer.AsMemory(_start), cancellationToken);
            if (_end == _start)
            {
                Dispose();
                return null;
            }
        }
    }

    /// <summary>Returns the buffer to the pool.</summary>
    public void Dispose()
    {
        if (_buffer is { } buffer)
        {
            // It may have held a credential.
            buffer.AsSpan(0, _end).Clear();
            _buffer = null;
            _start = _end = 0;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private bool TryTake(out FramePart part)
    {
        part = default;
        if (_frame is null && !TryBegin())
        {
            return false;
        }

        return FrameHeader.IsControl(_frame!.Value.Opcode) ? TryTakeControl(out part) : TryTakeData(out part);
    }

    private bool TryBegin()
    {
        Span<byte> header = _header;
        while (FrameHeader.LengthOf(header[.._headerLength]) is var length && _headerLength < length)
        {
            if (_start == _end)
            {
                return false;
            }

            header[_headerLength++] = _buffer![_start++];
        }

        Begin(FrameHeader.Read(header[.._headerLength], _isMasked));
        _headerLength = 0;
        return true;
    }

    private void Begin(FrameHeader frame)
    {
        if (!FrameHeader.IsControl(frame.Opcode))
        {
            // A continuation needs a message in progress, and any other data frame needs none (RFC 6455 5.4).
            if ((frame.Opcode == Opcode.Continuation) == (_message is null))
            {
                throw new FrameException(CloseReason.ProtocolError);
            }

            _message ??= frame.Opcode;
            if (frame.Length > MostBytes - _messageBytes)
            {
                throw new FrameException(CloseReason.MessageTooBig);
            }

            _messageBytes += frame.Length;
        }

        (_frame, _rest, _mask) = (frame, frame.Length, frame.Mask ?? 0);
    }

    private bool TryTakeControl(out FramePart part)
    {
        part = default;
        _control ??= new byte[FrameHeader.Longest + FrameHeader.LongestControl];
        var taken = Take();
        taken.AsSpan().CopyTo(_control.AsSpan(FrameHeader.Longest + _controlLength));
        _controlLength += taken.Count;
        if (_rest > 0)
        {
            return false;
        }

        part = new(_frame!.Value.Opcode, true, new(_control, FrameHeader.Longest, _controlLength));
        (_frame, _controlLength) = (null, 0);
        return true;
    }

    private bool TryTakeData(out FramePart part)
    {
        part = default;
        if (_rest > 0 && _start == _end)
        {
            return false;
        }

        var payload = Take();
        var isFinal = _frame!.Value.IsFinal && _rest == 0;
        part = new(_message!.Value, isFinal, payload);
        _message = isFinal ? null : Opcode.Continuation;
        if (isFinal)
        {
            _messageBytes = 0;
        }

        if (_rest == 0)
        {
            _frame = null;
        }

        return true;
    }

    private ArraySegment<byte> Take()
    {
        var count = (int)Math.Min(_rest, _end - _start);
        var taken = new ArraySegment<byte>(_buffer!, _start, count);
        if (_isMasked)
        {
            FrameMask.Apply(taken, _mask);
            _mask = FrameMask.After(_mask, count);
        }

        _start += count;
        _rest -= count;
        return taken;
    }

    [InlineArray(FrameHeader.Longest)]
    private struct HeaderBytes
    {
        private byte _first;
    }
}
