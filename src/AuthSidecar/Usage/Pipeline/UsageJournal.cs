using System.Buffers;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// Copies on disk of the reports that the writer holds in memory, so that they survive a killed process. Two files take turns: each is
/// emptied when none of its reports is in memory any more. Like files of the spool they belong to the process that holds their lock, and
/// are replayed by another once it has ended.
/// </summary>
internal sealed class UsageJournal(UsageSpool spool, TimeProvider time) : IDisposable
{
    public const string Extension = ".journal";

    // A bound of the memory too: the writer holds no more than a journal accepts.
    private const long MostBytes = 16 << 20;
    private static readonly TimeSpan _turn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _pauseAfterFault = TimeSpan.FromSeconds(10);

    private readonly ArrayBufferWriter<byte> _records = new();
    private readonly Segment?[] _segments = new Segment?[2];
    private int _current;
    private long? _faultAt;

    /// <summary>Appends reports; once it returns true, they survive this process.</summary>
    /// <param name="reports">Taken from the queue at this time.</param>
    /// <param name="now">A timestamp of the clock.</param>
    /// <returns>False when the disk does not accept them, or the journal is full.</returns>
    public bool TryAppend(List<UsageReport> reports, long now)
    {
        if (reports.Count == 0)
        {
            return true;
        }

        if (_faultAt is { } at && time.GetElapsedTime(at, now) < _pauseAfterFault)
        {
            return false;
        }

        _faultAt = null;
        try
        {
            return TryAppend(Current(now), reports, now);
        }
        catch (Exception)
        {
            // No alarm: without a journal nothing is held, as if there were none.
            _faultAt = now;
            return false;
        }
    }

    /// <summary>Empties the files that are no longer needed.</summary>
    /// <param name="oldest">When the oldest report in memory was taken; null: none is in memory.</param>
    public void Release(long? oldest)
    {
        foreach (var segment in _segments)
        {
            if (segment is { Bytes: > 0 } && (oldest is null || segment.Last < oldest))
            {
                segment.Clear();
            }
        }
    }

    /// <summary>Deletes the empty files; others are for the next process.</summary>
    public void Dispose()
    {
        foreach (var segment in _segments)
        {
            segment?.Dispose();
        }

        Array.Clear(_segments);
    }

    private bool TryAppend(Segment segment, List<UsageReport> reports, long now)
    {
        _records.ResetWrittenCount();
        foreach (var report in reports)
        {
            ReportRecord.Write(_records, report);
        }

        if (segment.Bytes + _records.WrittenCount > MostBytes)
        {
            return false;
        }

        segment.Append(_records.WrittenSpan, now);
        return true;
    }

    private Segment Current(long now)
    {
        var (current, other) = (_segments[_current], _segments[1 - _current]);
        if (current is { Bytes: > 0 } && other is null or { Bytes: 0 } && time.GetElapsedTime(current.First, now) >= _turn)
        {
            _current = 1 - _current;
        }

        return _segments[_current] ??= new(spool.NewJournal());
    }

    private sealed class Segment(FileStream file) : IDisposable
    {
        public long Bytes { get; private set; }

        public long First { get; private set; }

        public long Last { get; private set; }

        // All or nothing, as far as the disk allows: what a full disk accepted must not be left behind the next records.
        public void Append(ReadOnlySpan<byte> records, long now)
        {
            try
            {
                RandomAccess.Write(file.SafeFileHandle, records, Bytes);
            }
            catch (IOException)
            {
                RandomAccess.SetLength(file.SafeFileHandle, Bytes);
                throw;
            }

            First = Bytes == 0 ? now : First;
            (Bytes, Last) = (Bytes + records.Length, now);
        }

        public void Clear()
        {
            try
            {
                RandomAccess.SetLength(file.SafeFileHandle, 0);
                Bytes = 0;
            }
            catch (IOException)
            {
                // Tried again after the next commit; a replay of these reports would change nothing.
            }
        }

        public void Dispose()
        {
            if (Bytes == 0)
            {
                File.Delete(file.Name);
            }

            file.Dispose();
        }
    }
}
