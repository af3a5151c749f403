using AuthSidecar.Decisions.Policies;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>
/// Exact sliding windows: never more than a bucket's permits in any window, under any concurrency. Requests that are rejected use no
/// permit.
/// </summary>
internal interface IRateLimiter
{
    /// <summary>Counts one request in all of its buckets or in none. Never throws.</summary>
    /// <param name="buckets">One or more, each once, in the order of <see cref="BucketKind"/>, then of their models.</param>
    /// <param name="whenRedisIsDown">The behavior of a shared limiter during an outage.</param>
    /// <param name="chargeId">Names the request: a shared limiter counts its repeats once; null: it has none.</param>
    ValueTask<LimitAnswer> CountAsync(Bucket[] buckets, RedisDownAnswer whenRedisIsDown, string? chargeId = null);

    /// <summary>
    /// Removes the newest count of each bucket, after a success that need not count. Never throws; at worst the counts stay.
    /// </summary>
    ValueTask UndoAsync(BucketName[] buckets);

    /// <summary>Empties a bucket. Never throws; at worst its counts stay.</summary>
    ValueTask ClearAsync(BucketName bucket);
}
