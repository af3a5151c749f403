using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Redis;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>Exact sliding windows in this process. Contention is per bucket.</summary>
internal sealed class MemoryRateLimiter : IRateLimiter, IDisposable
{
    private const int UsualBuckets = 4;
    private static readonly TimeSpan _sweepInterval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<BucketName, SlidingWindow> _windows = new();
    private readonly TimeProvider _time;
    private readonly ITimer _sweeper;

    public MemoryRateLimiter(TimeProvider time)
    {
        _time = time;
        _sweeper = time.CreateTimer(_ => Sweep(), null, _sweepInterval, _sweepInterval);
    }

    /// <summary>Number of tracked buckets.</summary>
    public int BucketCount => _windows.Count;

    public ValueTask<LimitAnswer> CountAsync(Bucket[] buckets, RedisDownAnswer whenRedisIsDown, string? chargeId = null) =>
        new(Count(buckets, out _));

    /// <param name="buckets">As for <see cref="CountAsync"/>.</param>
    /// <param name="at">Timestamp of the count, for <see cref="Undo"/>.</param>
    public LimitAnswer Count(ReadOnlySpan<Bucket> buckets, out long at) => Count(buckets, 0, out at);

    /// <summary>Counts without the shared limiter: within this replica's share, and never while a denial of that limiter holds.</summary>
    /// <param name="buckets">As for <see cref="CountAsync"/>.</param>
    /// <param name="replicas">Number of replicas.</param>
    /// <param name="at">As for <see cref="Count(ReadOnlySpan{Bucket}, out long)"/>.</param>
    public LimitAnswer CountShare(ReadOnlySpan<Bucket> buckets, int replicas, out long at) => Count(buckets, replicas, out at);

    /// <summary>Removes a count of a request that the shared limiter rejected.</summary>
    public void Undo(ReadOnlySpan<Bucket> buckets, long at)
    {
        foreach (var bucket in buckets)
        {
            if (_windows.TryGetValue(bucket.Name, out var window))
            {
                lock (window)
                {
                    window.Remove(at);
                }
            }
        }
    }

    /// <summary>Notes until when the shared limiter has no room in a bucket.</summary>
    public void Deny(in Bucket bucket, TimeSpan wait)
    {
        var window = Enter(bucket.Name);
        window.Deny(bucket.Permits, _time.GetTimestamp() + _time.ToTimestamps(wait));
        Monitor.Exit(window);
    }

    public ValueTask UndoAsync(BucketName[] buckets)
    {
        foreach (var bucket in buckets)
        {
            if (_windows.TryGetValue(bucket, out var window))
            {
                lock (window)
                {
                    window.RemoveNewest();
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ClearAsync(BucketName bucket)
    {
        if (_windows.TryGetValue(bucket, out var window))
        {
            lock (window)
            {
                window.Clear();
            }
        }

        return ValueTask.CompletedTask;
    }

    public void Dispose() => _sweeper.Dispose();

    // 0 replicas: the whole limit.
    private LimitAnswer Count(ReadOnlySpan<Bucket> buckets, int replicas, out long at)
    {
        var usual = default(Held);
        Span<SlidingWindow?> held = usual;
        if (buckets.Length > UsualBuckets)
        {
            held = new SlidingWindow?[buckets.Length];
        }

        var count = 0;
        try
        {
            for (; count < buckets.Length; count++)
            {
                held[count] = Enter(buckets[count].Name);
            }

            // After locking, because each window's entries must be in time order.
            at = _time.GetTimestamp();
            return Count(buckets, replicas, held, at);
        }
        finally
        {
            while (count > 0)
            {
                Monitor.Exit(held[--count]!);
            }
        }
    }

    private LimitAnswer Count(ReadOnlySpan<Bucket> buckets, int replicas, ReadOnlySpan<SlidingWindow?> held, long now)
    {
        var wait = 0L;
        var full = 0;
        for (var i = 0; i < buckets.Length; i++)
        {
            held[i]!.Trim(now, _time.ToTimestamps(buckets[i].Window));
            var room = held[i]!.UntilRoom(PermitsOf(buckets[i], replicas), now);
            if (replicas > 0 && held[i]!.DeniedPermits >= buckets[i].Permits)
            {
                room = Math.Max(room, held[i]!.DeniedUntil - now);
            }

            if (room > wait)
            {
                (wait, full) = (room, i);
            }
        }

        if (wait > 0)
        {
            return LimitAnswer.Denied(_time.ToTimeSpan(wait), full);
        }

        LimitState? nearest = null;
        for (var i = 0; i < buckets.Length; i++)
        {
            held[i]!.Add(now, buckets[i].Permits);
            var state = new LimitState(
                buckets[i].Permits,
                PermitsOf(buckets[i], replicas) - held[i]!.Count,
                _time.ToTimeSpan(held[i]!.UntilOldestLeaves(now))
            );
            nearest = nearest is { } other && other.Remaining <= state.Remaining ? other : state;
        }

        return nearest is { } found ? LimitAnswer.Counted(found) : LimitAnswer.Uncounted;
    }

    private static int PermitsOf(in Bucket bucket, int replicas) =>
        replicas > 1 ? (int)ReplicaRegistry.Share(bucket.Permits, replicas) : bucket.Permits;

    private SlidingWindow Enter(BucketName name)
    {
        while (true)
        {
            var window = _windows.GetOrAdd(name, static _ => new());
            Monitor.Enter(window);
            if (!window.IsRemoved)
            {
                return window;
            }

            Monitor.Exit(window);
        }
    }

    private void Sweep()
    {
        var now = _time.GetTimestamp();
        foreach (var (name, window) in _windows)
        {
            lock (window)
            {
                if (window.IsIdle(now))
                {
                    window.IsRemoved = true;
                    _windows.TryRemove(new(name, window));
                }
                else
                {
                    window.Shrink(now);
                }
            }
        }
    }

    [InlineArray(UsualBuckets)]
    private struct Held
    {
        private SlidingWindow? _first;
    }
}
