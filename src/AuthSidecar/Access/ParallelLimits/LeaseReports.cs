using System.Collections.Concurrent;
using AuthSidecar.Platform.Redis;

namespace AuthSidecar.Access.ParallelLimits;

/// <summary>
/// Reports for Redis, sent in batches: while one call runs, further reports wait for the next. What cannot be sent waits for Redis.
/// </summary>
internal sealed class LeaseReports(RequestLeaseScript script, RedisCircuitBreaker breaker)
{
    private const int Most = 65_536;
    private const int BatchSize = 500;

    private readonly ConcurrentDictionary<string, LeaseChange> _waiting = new(StringComparer.Ordinal);
    private int _isSending;

    /// <summary>True when Redis has every report.</summary>
    public bool IsEmpty => _waiting.IsEmpty;

    /// <summary>Returns at once. The latest report about a request replaces the earlier ones.</summary>
    public void Add(string decisionId, LeaseChange change)
    {
        // In an outage of hours; what is dropped expires.
        if (_waiting.Count >= Most)
        {
            _waiting.Clear();
        }

        _waiting[decisionId] = change;
        Send();
    }

    /// <summary>Sends what waits, unless it is being sent.</summary>
    public void Send()
    {
        if (!_waiting.IsEmpty && breaker.IsAvailable && Interlocked.Exchange(ref _isSending, 1) == 0)
        {
            _ = SendAllAsync();
        }
    }

    private async Task SendAllAsync()
    {
        var isSent = true;
        try
        {
            while (isSent && !_waiting.IsEmpty)
            {
                foreach (var group in _waiting.Take(BatchSize).GroupBy(each => each.Value).ToList())
                {
                    isSent &= await TrySendAsync(group.Key, [.. group]);
                }
            }
        }
        finally
        {
            Volatile.Write(ref _isSending, 0);
        }

        // One that was added after the last look.
        if (isSent)
        {
            Send();
        }
    }

    private async Task<bool> TrySendAsync(LeaseChange change, List<KeyValuePair<string, LeaseChange>> reports)
    {
        try
        {
            await script.ReportAsync(change, reports.Select(report => report.Key));
            reports.ForEach(report => _waiting.TryRemove(report));
            return true;
        }
        catch (Exception fault)
        {
            breaker.Trip(fault);
            return false;
        }
    }
}
