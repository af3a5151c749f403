using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// Denials of unauthenticated callers, which any client can cause without limit: the first of each minute have rows of their own, the first
/// of revoked, expired and suspended callers too, and the others are counted in one row per minute, policy and reason.
/// Counts are recorded while they grow, at most 250 ms late, so that a killed process loses little of them.
/// </summary>
internal sealed class RefusalCounts(UsageQueue queue, UsageOptions options, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Dictionary<(RefusedRequest Refusal, long Minute), Count> _counts = [];
    private long _minute;
    private int _rows;
    private int _namedRows;
    private bool _isAwake;
    private bool _hasEnded;

    /// <param name="isNamed">The caller is known, such as that of a revoked key. Unknown callers cannot use up the rows of these.</param>
    /// <returns>True when the current denial gets a row of its own; otherwise it must be added to the counts.</returns>
    public bool TryTakeRow(bool isNamed = false)
    {
        lock (_lock)
        {
            var minute = Minute();
            (_minute, _rows, _namedRows) = minute == _minute ? (minute, _rows, _namedRows) : (minute, 0, 0);
            ref var rows = ref isNamed ? ref _namedRows : ref _rows;
            if (rows >= options.RefusalRowsPerMinute && !_hasEnded)
            {
                return false;
            }

            rows++;
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
            count.IsRecorded = _hasEnded && queue.TryRecord(count.ToReport());
            Wake();
        }
    }

    /// <summary>Records the changed counts.</summary>
    /// <returns>Number of counts that the queue had no room for.</returns>
    public int Flush()
    {
        lock (_lock)
        {
            _isAwake = false;
            var (minute, pending) = (Minute(), 0);
            foreach (var (key, count) in _counts)
            {
                count.IsRecorded = count.IsRecorded || queue.TryRecord(count.ToReport());
                if (!count.IsRecorded)
                {
                    pending++;
                    Wake();
                }
                else if (key.Minute != minute)
                {
                    _counts.Remove(key);
                }
            }

            return pending;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        lock (_lock)
        {
            _hasEnded = true;
            queue.CountLost(Flush());
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

        public bool IsRecorded { get; set; }

        public UsageReport ToReport() =>
            new()
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

/// <summary>Key of denials that are counted together: configured names and catalogued reasons, so its values are few.</summary>
/// <param name="Decision"><c>deny</c> or <c>close</c>.</param>
/// <param name="Status">HTTP status; null: none.</param>
internal sealed record RefusedRequest(string? Policy, string? Provider, string Decision, string? Reason, int? Status);
