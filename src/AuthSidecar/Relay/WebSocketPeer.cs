using System.Runtime.CompilerServices;

namespace AuthSidecar.Relay;

/// <summary>One end of a relayed WebSocket. One reads and any may write: what is written at once is written in turn.</summary>
/// <param name="stream">The connection after its handshake.</param>
/// <param name="isClient">True when the other end is the client: then what comes is masked, and what goes is not.</param>
/// <param name="abort">Cuts the connection.</param>
/// <param name="time">The clock.</param>
internal sealed class WebSocketPeer(Stream stream, bool isClient, Action abort, TimeProvider time) : IDisposable
{
    private const int DrainBytes = 4096;

    private readonly FrameReader _reader = new(stream, isMasked: isClient);
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _cutting = new();
    private long _aliveAt = time.GetTimestamp();
    private volatile bool _isReading;
    private volatile bool _isClosed;
    private bool _isPinged;
    private bool _isOver;

    /// <summary>Bytes that a message of this end may have.</summary>
    public long MostBytes
    {
        get => _reader.MostBytes;
        set => _reader.MostBytes = value;
    }

    /// <summary>A close frame was sent, or cannot be any more; nothing follows it.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>The next part, with pings answered on the way; null when the end is gone without a close frame.</summary>
    /// <exception cref="FrameException">It breaks the protocol, or its message is too big.</exception>
    public async ValueTask<FramePart?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Live();
            _isReading = true;
            var read = await _reader.ReadAsync(cancellationToken);
            _isReading = false;
            switch (read)
            {
                case { Opcode: Opcode.Ping } ping:
                    await WriteAsync(ping with { Opcode = Opcode.Pong }, cancellationToken);
                    break;
                case { Opcode: Opcode.Pong }:
                    break;
                case { Opcode: Opcode.Close } close:
                    CloseFrame.Check(close.Payload);
                    return close;
                default:
                    return read;
            }
        }
    }

    /// <summary>Writes a part as a frame of its own; after a close frame nothing is written. What stands before its payload is overwritten.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(FramePart part, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = part.Opcode == Opcode.Close;
            var pending = stream.WriteAsync(Frame(part), cancellationToken);
            if (!pending.IsCompleted)
            {
                // Something was in the way and the other end has taken it.
                await pending;
                Live();
            }
            else
            {
                await pending;
            }
        }
        catch
        {
            // Half a frame may have gone, behind which no other can.
            _isClosed = true;
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Sends a close frame, if none was sent. An end that cannot be told is cut.</summary>
    public async Task CloseAsync(CloseReason ending)
    {
        try
        {
            await WriteAsync(CloseFrame.Write(ending), CancellationToken.None);
        }
        catch (Exception fault) when (IsGone(fault))
        {
            Abort();
        }
    }

    /// <summary>Takes what still comes, so that the connection's end does not overtake the close frame, until the other end goes or is cut.</summary>
    public async Task DrainAsync()
    {
        var buffer = new byte[DrainBytes];
        try
        {
            while (await stream.ReadAsync(buffer) > 0)
            {
                // It is nobody's business.
            }
        }
        catch (Exception fault) when (IsGone(fault))
        {
            // Gone.
        }
    }

    /// <summary>Pings an end that has been silent for long.</summary>
    /// <returns>False when it is not alive any more.</returns>
    public bool Probe(RelayTimes times)
    {
        // While nobody reads, because the other end of the socket takes nothing, its silence says nothing.
        var silence = time.GetElapsedTime(Volatile.Read(ref _aliveAt));
        if (!_isReading || silence < times.KeepAlive)
        {
            _isPinged = false;
            return true;
        }

        if (!_isPinged)
        {
            _isPinged = true;

            // Where something is being written, that does as well.
            if (_turn.CurrentCount > 0)
            {
                _ = PingAsync();
            }
        }

        return silence < times.KeepAlive + times.KeepAliveTimeout;
    }

    /// <summary>True for what reading and writing throw when a connection has ended, by itself or by us.</summary>
    public static bool IsGone(Exception fault) => fault is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;

    public void Abort()
    {
        _isClosed = true;
        lock (_cutting)
        {
            if (!_isOver)
            {
                abort();
            }
        }
    }

    /// <summary>Gives back what reading holds. The connection is its owner's, and is not cut any more by whoever looks after it late.</summary>
    public void Dispose()
    {
        _reader.Dispose();
        lock (_cutting)
        {
            _isOver = true;
        }
    }

    private async Task PingAsync()
    {
        try
        {
            await WriteAsync(new(Opcode.Ping, true, new(new byte[FrameHeader.Longest], FrameHeader.Longest, 0)), CancellationToken.None);
        }
        catch (Exception fault) when (IsGone(fault))
        {
            Abort();
        }
    }

    private void Live() => Volatile.Write(ref _aliveAt, time.GetTimestamp());

    private ReadOnlyMemory<byte> Frame(FramePart part)
    {
        var payload = part.Payload;
        var header = new FrameHeader(part.IsFinal, part.Opcode, payload.Count, isClient ? null : FrameMask.NextKey());
        if (header.Mask is { } mask)
        {
            FrameMask.Apply(payload, mask);
        }

        var size = header.WriteBefore(payload.Array.AsSpan(0, payload.Offset));
        return payload.Array.AsMemory(payload.Offset - size, size + payload.Count);
    }
}
