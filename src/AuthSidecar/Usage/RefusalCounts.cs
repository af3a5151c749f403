using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>
/// Refusals without an identity, of which any client can cause as many as it likes: the first of a minute have rows of their own, and the others of each policy and reason
/// are one row of that minute with their number. The number is told to the queue as it grows, a quarter of a second late at most, so that a killed process loses little of it.
/// </summary>
internal sealed class RefusalCounts(UsageQueue queue, UsageOptions options, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Dictionary<(RefusedRequest Refusal, long Minute), Count> _counts = [];
    private long _minute;
    private int _rows;
    private bool _isAwake;
    private bool _hasEnded;

    /// <returns>True: the refusal that is at hand has a row of its own. False: it must be counted.</returns>
    public bool TryTakeRow()
    {
        lock (_lock)
        {
            var minute = Minute();
            (_minute, _rows) = (minute, minute == _minute ? _rows : 0);
            if (_rows >= options.RefusalRowsPerMinute && !_hasEnded)
            {
                return false;
            }

            _rows++;
            return true;
        }
    }

    public void Add(RefusedRequest refusal)
    {
        lock (_lock)
        {
            var minute = Minute();
            if (!_counts.TryGetValue((refusal, minute), out var count))
            {
                _counts[(refusal, minute)] = count = new(refusal, minute);
            }

            count.Requests++;
            count.IsTold = _hasEnded && queue.TryOffer(count.ToPart());
            Wake();
        }
    }

    /// <summary>Tells the queue of what has changed.</summary>
    /// <returns>How many rows it has no room for.</returns>
    public int Flush()
    {
        lock (_lock)
        {
            _isAwake = false;
            var (minute, untold) = (Minute(), 0);
            foreach (var (key, count) in _counts)
            {
                count.IsTold = count.IsTold || queue.TryOffer(count.ToPart());
                if (!count.IsTold)
                {
                    untold++;
                    Wake();
                }
                else if (key.Minute != minute)
                {
                    _counts.Remove(key);
                }
            }

            return untold;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        lock (_lock)
        {
            _hasEnded = true;
            queue.Lose(Flush());
        }
    }

    public override void Dispose()
    {
        _changed.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _changed.WaitAsync(stoppingToken);
            await Task.Delay(_pause, time, stoppingToken);
            Flush();
        }
    }

    private void Wake()
    {
        if (!_isAwake && !_hasEnded)
        {
            _isAwake = true;
            _changed.Release();
        }
    }

    private long Minute() => (long)(time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMinutes;

    private sealed class Count(RefusedRequest refusal, long minute)
    {
        private readonly string _id = Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddMinutes(minute)).ToString("N");

        public long Requests { get; set; }

        public bool IsTold { get; set; }

        public UsageRow ToPart() => new()
        {
            DecisionId = _id,
            Time = DateTimeOffset.UnixEpoch.AddMinutes(minute),
            Policy = refusal.Policy,
            Provider = refusal.Provider,
            Decision = refusal.Decision,
            Reason = refusal.Reason,
            Status = refusal.Status,
            Requests = Requests,
            Facts = UsageFacts.Decided,
        };
    }
}

/// <summary>What refusals that are counted together have in common: names of the configuration and words of the catalogue, so there are few of them.</summary>
/// <param name="Decision"><c>deny</c> or <c>close</c>.</param>
/// <param name="Status">HTTP status; null: none of its own.</param>
internal sealed record RefusedRequest(string? Policy, string? Provider, string Decision, string? Reason, int? Status);
