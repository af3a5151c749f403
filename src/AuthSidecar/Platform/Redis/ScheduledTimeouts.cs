namespace AuthSidecar.Platform.Redis;

/// <summary>
/// Timeouts of one length in scheduled time. Ticks run on the thread pool, each at least one interval after the previous one ran. What
/// delays this process (a full thread pool, a garbage collection, a busy machine) delays its timeouts as much as the answers.
/// </summary>
internal sealed class ScheduledTimeouts : IDisposable
{
    private const int Ticks = 10;

    private readonly Lock _lock = new();
    private readonly Queue<(long End, CancellationTokenSource Timeout)> _running = [];
    private readonly TimeSpan _interval;
    private readonly ITimer _timer;

    // Shared by all that begin in one interval.
    private CancellationTokenSource? _newest;
    private long _tick;

    public ScheduledTimeouts(TimeSpan length, TimeProvider time)
    {
        _interval = length / Ticks;
        _timer = time.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <returns>Cancelled after the length.</returns>
    public CancellationToken Begin()
    {
        lock (_lock)
        {
            if (_newest is null)
            {
                _newest = new();
                if (_running.Count == 0)
                {
                    _timer.Change(_interval, Timeout.InfiniteTimeSpan);
                }

                // The interval that has already begun does not count.
                _running.Enqueue((_tick + Ticks + 1, _newest));
            }

            return _newest.Token;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        CancellationTokenSource? ended = null;
        lock (_lock)
        {
            _tick++;
            _newest = null;

            // At most one begins in an interval, so at most one ends.
            if (_running.TryPeek(out var oldest) && oldest.End <= _tick)
            {
                ended = _running.Dequeue().Timeout;
            }

            if (_running.Count > 0)
            {
                _timer.Change(_interval, Timeout.InfiniteTimeSpan);
            }
        }

        _ = ended?.CancelAsync();
    }
}
