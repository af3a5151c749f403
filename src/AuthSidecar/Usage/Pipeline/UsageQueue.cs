using System.Threading.Channels;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// Usage reports in memory, waiting for the writer. Recording never blocks and never throws: when the queue is full, reports are dropped
/// and counted. The last eighth of the capacity is reserved: denials of unauthenticated callers, which anyone can generate, are dropped
/// first.
/// </summary>
internal sealed class UsageQueue
{
    private readonly Channel<UsageReport> _reports;
    private readonly Channel<bool> _pressure = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private readonly int _high;
    private readonly int _crowded;
    private volatile bool _isClosed;
    private long _offered;
    private long _rejected;
    private long _lost;
    private long _taken;
    private int _held;

    /// <param name="capacity">Maximum number of waiting reports.</param>
    public UsageQueue(int capacity)
    {
        Capacity = capacity;
        _high = Math.Max(1, capacity / 4 * 3);
        _crowded = capacity - (capacity / 8);
        _reports = Channel.CreateBounded<UsageReport>(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.Wait });
    }

    public int Capacity { get; }

    public long Offered => Interlocked.Read(ref _offered);

    /// <summary>Reports that will never reach the store.</summary>
    public long Dropped => Interlocked.Read(ref _rejected) + Interlocked.Read(ref _lost);

    public long Depth => Math.Max(0, Offered - Interlocked.Read(ref _rejected) - Interlocked.Read(ref _taken));

    /// <summary>Reports that the writer has taken and holds in memory, with a copy on disk.</summary>
    public int Held
    {
        get => Volatile.Read(ref _held);
        set => Volatile.Write(ref _held, value);
    }

    public bool IsClosed => _isClosed;

    /// <summary>High-water mark: reports should be spooled to disk before the queue starts to drop them.</summary>
    public bool IsNearlyFull => Depth >= _high;

    /// <param name="report">Must not change afterwards.</param>
    /// <returns>False when the report is dropped.</returns>
    public bool Record(UsageReport report)
    {
        RowText.Bound(report);
        Interlocked.Increment(ref _offered);
        if ((Depth > _crowded && IsUnauthenticatedDenial(report)) || !_reports.Writer.TryWrite(report))
        {
            Interlocked.Increment(ref _rejected);
            _pressure.Writer.TryWrite(true);
            return false;
        }

        if (IsNearlyFull)
        {
            _pressure.Writer.TryWrite(true);
        }

        return true;
    }

    /// <summary>As <see cref="Record"/>, for reports that the caller can retry: a rejected one does not count as dropped.</summary>
    public bool TryRecord(UsageReport report)
    {
        if (_reports.Writer.TryWrite(report))
        {
            Interlocked.Increment(ref _offered);
            return true;
        }

        _pressure.Writer.TryWrite(true);
        return false;
    }

    /// <summary>Accepts no further reports; waiting ones can still be taken.</summary>
    public void Close()
    {
        _isClosed = true;
        _reports.Writer.TryComplete();
    }

    /// <summary>Takes reports without waiting, until the list holds <paramref name="most"/>.</summary>
    public void TakeInto(List<UsageReport> reports, int most)
    {
        while (reports.Count < most && _reports.Reader.TryRead(out var report))
        {
            Interlocked.Increment(ref _taken);
            reports.Add(report);
        }
    }

    /// <summary>Returns taken reports to the queue; those that do not fit are dropped and counted.</summary>
    public void PutBack(IReadOnlyList<UsageReport> reports)
    {
        foreach (var report in reports)
        {
            if (_reports.Writer.TryWrite(report))
            {
                Interlocked.Decrement(ref _taken);
            }
            else
            {
                Interlocked.Increment(ref _lost);
            }
        }
    }

    /// <summary>Counts taken reports that neither store nor disk accepted.</summary>
    public void CountLost(int reports) => Interlocked.Add(ref _lost, reports);

    /// <summary>Completes when a report is waiting, the queue is closed or the token is cancelled.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _reports.Reader.WaitToReadAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Cancellation ends the wait as a report does.
        }
    }

    /// <summary>Completes once the queue has been nearly full since the last call.</summary>
    public ValueTask<bool> WaitForPressureAsync(CancellationToken cancellationToken) => _pressure.Reader.ReadAsync(cancellationToken);

    private static bool IsUnauthenticatedDenial(UsageReport report) => report is { KeyId: null, UserId: null, Decision: "deny" or "close" };
}
