using AuthSidecar.Redis;

namespace AuthSidecar.RateLimiting;

/// <summary>Counts the failures of addresses for all replicas, off the path of any request: a replica learns of the others' at its own next failure.</summary>
internal sealed class SharedFailures(RedisWindows windows, RedisCircuitBreaker breaker, TimeProvider time)
{
    /// <param name="address">Whose failure it is.</param>
    /// <param name="permits">Failures in any window.</param>
    /// <param name="window">Its length.</param>
    /// <param name="isOver">Called later when the address is over its limit, with the time until it is not.</param>
    public void Tell(string address, int permits, TimeSpan window, Action<TimeSpan> isOver)
    {
        if (breaker.IsAvailable)
        {
            _ = TellAsync([new(new(BucketKind.Address, "", address), permits, window)], isOver);
        }
    }

    private async Task TellAsync(Bucket[] bucket, Action<TimeSpan> isOver)
    {
        try
        {
            var answer = await windows.CountAsync(bucket).WaitAsync(breaker.Patience, time);
            if (answer is { Verdict: LimitVerdict.Refused, RetryAfter: var wait })
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
