using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Redis;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>
/// Exact sliding windows shared by replicas. A request is counted locally first and then in Redis, so that no replica exceeds the limit by
/// itself: during an outage, all replicas together allow at most replicas × permits. After an error reply, which is not an outage, the
/// request is counted locally even if <c>WhenRedisIsDown</c> is <c>allow</c>.
/// </summary>
internal sealed class RedisRateLimiter(
    MemoryRateLimiter local,
    RedisWindows windows,
    RedisCircuitBreaker breaker,
    LimitMetrics metrics,
    TimeProvider time
) : IRateLimiter
{
    private long _lastTrip;

    public ValueTask<LimitAnswer> CountAsync(Bucket[] buckets, RedisDownAnswer whenRedisIsDown)
    {
        if (!breaker.IsAvailable)
        {
            return new(WithoutRedis(buckets, whenRedisIsDown));
        }

        var here = local.Count(buckets, out var at);

        // Redis counts each request one round trip later than this process, so its windows end later.
        return here.Verdict == LimitVerdict.Denied
            ? new(LimitAnswer.Denied(here.RetryAfter + time.ToTimeSpan(Volatile.Read(ref _lastTrip)), here.Full))
            : new(CountSharedAsync(buckets, whenRedisIsDown, here, at));
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
            await forget().WaitAsync(breaker.Patience, time);
        }
        catch (Exception fault)
        {
            breaker.Trip(fault);
        }
    }

    private async Task<LimitAnswer> CountSharedAsync(Bucket[] buckets, RedisDownAnswer whenRedisIsDown, LimitAnswer here, long at)
    {
        try
        {
            var answer = await windows.CountAsync(buckets).WaitAsync(breaker.Patience, time);
            Volatile.Write(ref _lastTrip, time.GetTimestamp() - at);
            if (answer.Verdict == LimitVerdict.Denied)
            {
                local.Undo(buckets, at);
            }

            return answer;
        }
        catch (Exception fault)
        {
            breaker.Trip(fault);
            if (whenRedisIsDown == RedisDownAnswer.Allow && RedisRefusal.Is(fault))
            {
                whenRedisIsDown = RedisDownAnswer.FallbackLocal;
            }

            metrics.CountWithoutRedis(whenRedisIsDown);
            if (whenRedisIsDown == RedisDownAnswer.FallbackLocal)
            {
                return here;
            }

            local.Undo(buckets, at);
            return whenRedisIsDown == RedisDownAnswer.Allow ? LimitAnswer.Uncounted : default;
        }
    }

    private LimitAnswer WithoutRedis(Bucket[] buckets, RedisDownAnswer whenRedisIsDown)
    {
        metrics.CountWithoutRedis(whenRedisIsDown);
        return whenRedisIsDown switch
        {
            RedisDownAnswer.FallbackLocal => local.Count(buckets, out _),
            RedisDownAnswer.Allow => LimitAnswer.Uncounted,
            _ => default,
        };
    }
}
