namespace AuthSidecar.Platform.Telemetry;

/// <summary>
/// Lines that a log has not taken yet, in their order and bounded in bytes; only what <see cref="Keep"/> and <see cref="KeepRest"/> do may
/// happen beside anything else.
/// </summary>
internal sealed class LateLines(long mostBytes)
{
    private const int Shares = 4;

    private readonly Lock _lock = new();
    private readonly Queue<byte[]> _lines = [];
    private readonly long[] _dropped = new long[Shares];
    private readonly LineGap _gap = new();
    private byte[]? _current;
    private int _written;
    private long _bytes;

    public long Bytes => Interlocked.Read(ref _bytes);

    public long Dropped(LineKind kind) => Interlocked.Read(ref _dropped[(int)kind]);

    /// <summary>Keeps a line, or drops and counts it: each kind has a smaller part of the room than the one before it.</summary>
    public void Keep(ReadOnlySpan<byte> line, LineKind kind)
    {
        lock (_lock)
        {
            if (_bytes + line.Length > mostBytes / Shares * (Shares - (int)kind))
            {
                Interlocked.Increment(ref _dropped[(int)kind]);
                _gap.Drop(kind);
            }
            else
            {
                Add(line.ToArray());
                _gap.Delayed++;
            }
        }
    }

    /// <summary>Keeps what is left of a line of which a part was taken: it goes first.</summary>
    public void KeepRest(ReadOnlySpan<byte> rest)
    {
        lock (_lock)
        {
            (_current, _written) = (rest.ToArray(), 0);
            Interlocked.Add(ref _bytes, rest.Length);
            _gap.Delayed++;
        }
    }

    /// <returns>What goes next; empty: nothing waits.</returns>
    public ReadOnlySpan<byte> Next()
    {
        if (_current is null)
        {
            lock (_lock)
            {
                _lines.TryDequeue(out _current);
                _written = 0;
            }
        }

        return _current.AsSpan(_written);
    }

    /// <summary>So many bytes of <see cref="Next"/> are out.</summary>
    public void Take(int bytes)
    {
        _written += bytes;
        Interlocked.Add(ref _bytes, -bytes);
        if (_written == _current!.Length)
        {
            _current = null;
        }
    }

    /// <summary>Ends the gap when all are out; where that is an event, its notice is one more line.</summary>
    /// <param name="began">Timestamp of the gap's first line.</param>
    /// <param name="time">The clock.</param>
    /// <param name="end">Run when it has ended, before another line can be kept.</param>
    public void TryEnd(long began, TimeProvider time, Action end)
    {
        lock (_lock)
        {
            if (_bytes > 0)
            {
                return;
            }

            var notice = _gap.ToNotice(time, began);
            _gap.Clear();
            if (notice is null)
            {
                end();
            }
            else
            {
                Add(notice);
            }
        }
    }

    private void Add(byte[] line)
    {
        _lines.Enqueue(line);
        Interlocked.Add(ref _bytes, line.Length);
    }
}
