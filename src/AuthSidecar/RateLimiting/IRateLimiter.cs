using AuthSidecar.Policies;

namespace AuthSidecar.RateLimiting;

/// <summary>Counts requests in exact sliding windows: never more than a bucket's permits in any window, under any concurrency. What is refused does not count.</summary>
internal interface IRateLimiter
{
    /// <summary>Counts one request in all of its buckets or in none. Never throws.</summary>
    /// <param name="buckets">One to three, of different kinds, in the order of <see cref="BucketKind"/>.</param>
    /// <param name="whenRedisIsDown">The answer of a limiter that shares its count, while it cannot.</param>
    ValueTask<LimitAnswer> CountAsync(Bucket[] buckets, RedisDownAnswer whenRedisIsDown);
}
