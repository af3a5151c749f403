using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Redis;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>
/// Exact sliding windows shared by replicas. A request is counted locally first and then in Redis. Without an answer of Redis, a replica
/// allows at most its share of the limit, counting all that it allowed in the window, and nothing while a denial of Redis holds: an outage
/// adds at most the shares to what Redis allowed. After Redis lost its data, the share holds for one window beside its verdict. After an
/// error reply, which is not an outage, the request is counted locally even if <c>WhenRedisIsDown</c> is <c>allow</c>.
/// </summary>
internal sealed class RedisRateLimiter(
    MemoryRateLimiter local,
    RedisWindows windows,
    RedisCircuitBreaker breaker,
    ReplicaRegistry replicas,
    LimitMetrics metrics,
    TimeProvider time
) : IRateLimiter
{
    private long _lastTrip;

    public ValueTask<LimitAnswer> CountAsync(Bucket[] buckets, RedisDownAnswer whenRedisIsDown, string? chargeId = null)
    {
        if (!breaker.IsAvailable)
        {
            return new(WithoutRedis(buckets, whenRedisIsDown));
        }

        var here = MayLack(buckets) ? local.CountShare(buckets, replicas.Count, out var at) : local.Count(buckets, out at);

        // Redis counts each request one round trip later than this process, so its windows end later.
        return here.Verdict == LimitVerdict.Denied
            ? new(LimitAnswer.Denied(here.RetryAfter + time.ToTimeSpan(Volatile.Read(ref _lastTrip)), here.Full))
            : new(CountSharedAsync(buckets, whenRedisIsDown, at, chargeId));
    }

    public async ValueTask UndoAsync(BucketName[] buckets)
    {
        await local.UndoAsync(buckets);
        await ForgetAsync(() => windows.UndoAsync(buckets));
    }

    public async ValueTask ClearAsync(BucketName bucket)
    {
        await local.ClearAsync(bucket);
        await ForgetAsync(() => windows.ClearAsync(bucket));
    }

    private async Task ForgetAsync(Func<Task> forget)
    {
        if (!breaker.IsAvailable)
        {
            return;
        }

        try
        {
            await breaker.WaitAsync(forget(), windows.Pulse);
        }
        catch (Exception fault)
        {
            breaker.Trip(fault);
        }
    }

    private bool MayLack(Bucket[] buckets)
    {
        foreach (var bucket in buckets)
        {
            if (replicas.MayLack(bucket.Window))
            {
                return true;
            }
        }

        return false;
    }

    private async Task<LimitAnswer> CountSharedAsync(Bucket[] buckets, RedisDownAnswer whenRedisIsDown, long at, string? chargeId)
    {
        try
        {
            var answer = await breaker.WaitAsync(windows.CountAsync(buckets, chargeId), windows.Pulse);
            Volatile.Write(ref _lastTrip, time.GetTimestamp() - at);
            if (answer.Verdict == LimitVerdict.Denied)
            {
                local.Undo(buckets, at);
                local.Deny(buckets[answer.Full], answer.RetryAfter);
            }

            return answer;
        }
        catch (Exception fault)
        {
            // Redis may still count a late request: that uses a permit, but allows nothing twice.
            breaker.Trip(fault);
            local.Undo(buckets, at);
            return WithoutRedis(
                buckets,
                whenRedisIsDown == RedisDownAnswer.Allow && RedisRefusal.Is(fault) ? RedisDownAnswer.FallbackLocal : whenRedisIsDown
            );
        }
    }

    private LimitAnswer WithoutRedis(Bucket[] buckets, RedisDownAnswer whenRedisIsDown)
    {
        metrics.CountWithoutRedis(whenRedisIsDown);
        return whenRedisIsDown switch
        {
            RedisDownAnswer.FallbackLocal => local.CountShare(buckets, replicas.Count, out _),
            RedisDownAnswer.Allow => LimitAnswer.Uncounted,
            _ => default,
        };
    }
}
