using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Redis;
using StackExchange.Redis;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>The windows in Redis: one script call per request, on the clock of Redis.</summary>
/// <param name="redis">The store of the windows.</param>
/// <param name="clock">Replaces the clock of Redis in tests, in microseconds.</param>
internal sealed class RedisWindows(RedisConnection redis, Func<long>? clock = null)
{
    private const int PerBucket = 3;
    private static readonly Bucket[] _probe = [new(new(BucketKind.Key, "", ""), int.MaxValue, TimeSpan.FromMilliseconds(1))];

    private readonly RedisScript _script = new(redis, "sliding_window.lua");

    public RedisPulse Pulse => _script.Pulse;

    /// <param name="buckets">The buckets of the request.</param>
    /// <param name="chargeId">Names the request, whose repeats within two seconds are counted once; null: it has none.</param>
    /// <exception cref="RedisException">As of <see cref="RedisScript.EvaluateAsync"/>.</exception>
    /// <exception cref="InvalidDataException">The reply is malformed.</exception>
    public async Task<LimitAnswer> CountAsync(Bucket[] buckets, string? chargeId = null)
    {
        var keys = new RedisKey[buckets.Length + (chargeId is null ? 0 : 1)];
        for (var i = 0; i < buckets.Length; i++)
        {
            keys[i] = KeyOf(buckets[i].Name);
        }

        if (chargeId is not null)
        {
            keys[^1] = $"authsidecar:{{limits}}:request:{chargeId}";
        }

        return Read(await _script.EvaluateAsync(keys, ValuesOf(buckets)), buckets);
    }

    /// <summary>Removes the newest time of each bucket.</summary>
    /// <exception cref="RedisException">As of <see cref="RedisScript.EvaluateAsync"/>.</exception>
    public Task UndoAsync(BucketName[] buckets) =>
        ReportAsync(
            Task.WhenAll(Array.ConvertAll(buckets, bucket => redis.Database.ListRightPopAsync(KeyOf(bucket), CommandFlags.DemandMaster)))
        );

    /// <exception cref="RedisException">As of <see cref="RedisScript.EvaluateAsync"/>.</exception>
    public Task ClearAsync(BucketName bucket) => ReportAsync(redis.Database.KeyDeleteAsync(KeyOf(bucket), CommandFlags.DemandMaster));

    /// <summary>Runs the script on a bucket without a caller; an error reply counts as an answer.</summary>
    public Task ProbeAsync() => RedisRefusal.IgnoreAsync(CountAsync(_probe));

    /// <summary>The hash tag puts all keys into one slot of a cluster.</summary>
    public static string KeyOf(BucketName name) => $"authsidecar:{{limits}}:{name.Key}";

    private async Task ReportAsync(Task call)
    {
        try
        {
            await call;
        }
        catch (RedisException fault)
        {
            redis.Health.Fail(fault);
            throw;
        }
    }

    private RedisValue[] ValuesOf(Bucket[] buckets)
    {
        var values = new List<RedisValue>((2 * buckets.Length) + 1);
        foreach (var bucket in buckets)
        {
            values.Add(bucket.Permits);
            values.Add(bucket.Window.ToMicroseconds());
        }

        if (clock is not null)
        {
            values.Add(clock());
        }

        return [.. values];
    }

    private static LimitAnswer Read(RedisResult result, Bucket[] buckets)
    {
        var numbers = (RedisValue[]?)result;
        if (numbers?.Length != 1 + (PerBucket * buckets.Length) || !Array.TrueForAll(numbers, number => number.IsInteger))
        {
            throw Malformed();
        }

        var isCounted = (long)numbers[0] switch
        {
            1 => true,
            0 => false,
            _ => throw Malformed(),
        };
        var wait = TimeSpan.Zero;
        var full = 0;
        LimitState? nearest = null;
        for (var i = 0; i < buckets.Length; i++)
        {
            var (permits, window) = (buckets[i].Permits, buckets[i].Window);
            var entries = (long)numbers[(PerBucket * i) + 1];
            var reset = Span((long)numbers[(PerBucket * i) + 2], window);
            var room = Span((long)numbers[(PerBucket * i) + 3], window);
            if (isCounted && (entries < 1 || entries > permits || room > TimeSpan.Zero))
            {
                throw Malformed();
            }

            (wait, full) = room > wait ? (room, i) : (wait, full);
            var state = new LimitState(permits, (int)Math.Max(0, permits - entries), reset);
            nearest = nearest is { } other && other.Remaining <= state.Remaining ? other : state;
        }

        return isCounted ? LimitAnswer.Counted(nearest!.Value)
            : wait > TimeSpan.Zero ? LimitAnswer.Denied(wait, full)
            : throw Malformed();
    }

    private static TimeSpan Span(long microseconds, TimeSpan longest)
    {
        if (microseconds < 0 || microseconds > longest.TotalMicroseconds + 1)
        {
            throw Malformed();
        }

        return TimeSpan.FromTicks(microseconds * TimeSpan.TicksPerMicrosecond);
    }

    private static InvalidDataException Malformed() => new("Redis returned a malformed reply.");
}
