namespace AuthSidecar.Platform.Telemetry;

/// <summary>
/// Log lines that wait for their destination, in order and bounded in bytes. Only <see cref="Keep"/> and <see cref="KeepRest"/> are safe to
/// call concurrently with the other methods.
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

    /// <summary>Queues a line, or drops and counts it: each kind may use less of the capacity than the kind before it.</summary>
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

    /// <summary>Queues the rest of a partly written line, before all others.</summary>
    public void KeepRest(ReadOnlySpan<byte> rest)
    {
        lock (_lock)
        {
            (_current, _written) = (rest.ToArray(), 0);
            Interlocked.Add(ref _bytes, rest.Length);
            _gap.Delayed++;
        }
    }

    /// <returns>The next bytes to write; empty: none.</returns>
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

    /// <summary>Removes written bytes of <see cref="Next"/>.</summary>
    public void Take(int bytes)
    {
        _written += bytes;
        Interlocked.Add(ref _bytes, -bytes);
        if (_written == _current!.Length)
        {
            _current = null;
        }
    }

    /// <summary>Ends the gap when the queue is empty; a notable gap adds a notice as one more line.</summary>
    /// <param name="began">Timestamp of the gap's start.</param>
    /// <param name="time">The clock.</param>
    /// <param name="end">Called at the end, before another line can be queued.</param>
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
