using System.Runtime.CompilerServices;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>The connection to one peer of a relayed WebSocket. One reader; concurrent writes are serialised.</summary>
/// <param name="stream">The connection after its handshake.</param>
/// <param name="isClient">True when the peer is the client: then received frames are masked and sent frames are not.</param>
/// <param name="abort">Aborts the connection.</param>
/// <param name="times">Timeouts.</param>
/// <param name="time">The clock.</param>
internal sealed class WebSocketPeer(Stream stream, bool isClient, Action abort, RelayTimeouts times, TimeProvider time) : IDisposable
{
    private const int DrainBytes = 4096;

    private readonly FrameReader _reader = new(stream, isMasked: isClient);
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _aborting = new();
    private long _aliveAt = time.GetTimestamp();
    private volatile bool _isReading;
    private volatile bool _isClosed;
    private bool _isPinged;
    private bool _isOver;

    /// <summary>Maximum size in bytes of a message from this peer.</summary>
    public long MostBytes
    {
        get => _reader.MostBytes;
        set => _reader.MostBytes = value;
    }

    /// <summary>A close frame was sent or cannot be sent any more; nothing is written after it.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>The next part; pings are answered meanwhile. Null when the connection ended without a close frame.</summary>
    /// <exception cref="FrameException">Protocol violation, or the message is too big.</exception>
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

    /// <summary>Writes a part as a frame of its own; a no-op after a close frame. The bytes before the payload are overwritten.</summary>
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
                // The send buffer was full, so completion shows that the peer reads.
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
            // Part of a frame may have been sent, so no other may follow.
            _isClosed = true;
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Writes a part before the socket is registered; aborts the connection when the peer does not read within
    /// <see cref="RelayTimeouts.Close"/>.
    /// </summary>
    public async Task WriteInTimeAsync(FramePart part)
    {
        using var timeout = new CancellationTokenSource(times.Close, time);
        await using var abortion = timeout.Token.Register(Abort);
        await WriteAsync(part, CancellationToken.None);
    }

    /// <summary>Sends a close frame unless one was sent; aborts the connection when that fails.</summary>
    public async Task CloseAsync(CloseReason reason)
    {
        try
        {
            await WriteAsync(CloseFrame.Write(reason), CancellationToken.None);
        }
        catch (Exception fault) when (IsGone(fault))
        {
            Abort();
        }
    }

    /// <summary>Closes with a reason, then discards received data; aborts the connection after <see cref="RelayTimeouts.Close"/>.</summary>
    /// <returns>The reason.</returns>
    public async Task<CloseReason> CloseAndDrainAsync(CloseReason reason)
    {
        using var timeout = new CancellationTokenSource(times.Close, time);
        await using var abortion = timeout.Token.Register(Abort);
        await CloseAsync(reason);
        await DrainAsync();
        return reason;
    }

    /// <summary>
    /// Discards received data until the connection ends, because unread data would reset it before the close frame arrives.
    /// </summary>
    public async Task DrainAsync()
    {
        var buffer = new byte[DrainBytes];
        try
        {
            while (await stream.ReadAsync(buffer) > 0)
            {
                // Discarded.
            }
        }
        catch (Exception fault) when (IsGone(fault))
        {
            // Gone.
        }
    }

    /// <summary>Pings a peer that has been silent for long.</summary>
    /// <returns>False when the peer is dead.</returns>
    public bool Probe()
    {
        // Without a pending read, because the other peer accepts no data, silence means nothing.
        var silence = time.GetElapsedTime(Volatile.Read(ref _aliveAt));
        if (!_isReading || silence < times.KeepAlive)
        {
            _isPinged = false;
            return true;
        }

        if (!_isPinged)
        {
            _isPinged = true;

            // A write in progress serves the same purpose.
            if (_turn.CurrentCount > 0)
            {
                _ = PingAsync();
            }
        }

        return silence < times.KeepAlive + times.KeepAliveTimeout;
    }

    /// <summary>True for exceptions of a connection that has ended or was aborted.</summary>
    public static bool IsGone(Exception fault) =>
        fault is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;

    public void Abort()
    {
        _isClosed = true;
        lock (_aborting)
        {
            if (!_isOver)
            {
                abort();
            }
        }
    }

    /// <summary>Releases the read buffer. The connection belongs to its owner; a later <see cref="Abort"/> does not touch it.</summary>
    public void Dispose()
    {
        _reader.Dispose();
        lock (_aborting)
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
