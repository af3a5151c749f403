using AuthSidecar.Platform.Redis;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>
/// Counts failures per address across replicas, off the request path: a replica reads the shared count only when it reports a failure.
/// </summary>
internal sealed class SharedFailures(RedisWindows windows, RedisCircuitBreaker breaker)
{
    /// <param name="address">The client address.</param>
    /// <param name="permits">Failures allowed in any window.</param>
    /// <param name="window">Its length.</param>
    /// <param name="isOver">Called later if the address is over its limit, with the time until it no longer is.</param>
    public void Report(string address, int permits, TimeSpan window, Action<TimeSpan> isOver)
    {
        if (breaker.IsAvailable)
        {
            _ = ReportAsync([new(new(BucketKind.Address, "", address), permits, window)], isOver);
        }
    }

    private async Task ReportAsync(Bucket[] bucket, Action<TimeSpan> isOver)
    {
        try
        {
            var answer = await breaker.WaitAsync(windows.CountAsync(bucket), windows.Pulse);
            if (answer is { Verdict: LimitVerdict.Denied, RetryAfter: var wait })
            {
                isOver(wait);
            }
            else if (answer is { Verdict: LimitVerdict.Counted, State: { Remaining: 0, Reset: var reset } })
            {
                isOver(reset);
            }
        }
        catch (Exception fault)
        {
            breaker.Trip(fault);
        }
    }
}
