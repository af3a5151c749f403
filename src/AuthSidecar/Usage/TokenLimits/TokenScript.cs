using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Redis;
using StackExchange.Redis;

namespace AuthSidecar.Usage.TokenLimits;

/// <summary>The shared windows of tokens, timed by the clock of Redis.</summary>
/// <param name="redis">The store of the windows.</param>
/// <param name="clock">Replaces the clock of Redis in tests, in microseconds.</param>
internal sealed class TokenScript(RedisConnection redis, Func<long>? clock = null)
{
    private const int BeforeBuckets = 3;
    private const int PerBucket = 2;

    // In braces, so that all keys are in one slot of a cluster.
    private static readonly RedisKey[] _prefix = ["authsidecar:{tokens}:"];

    private readonly RedisScript _script = new(redis, "token_windows.lua");

    public RedisPulse Pulse => _script.Pulse;

    /// <param name="decisionId">Names the reservation.</param>
    /// <param name="tokens">The estimate.</param>
    /// <param name="buckets">The buckets.</param>
    /// <exception cref="RedisException">As of <see cref="RedisScript.EvaluateAsync"/>.</exception>
    /// <exception cref="InvalidDataException">The answer is malformed.</exception>
    public async Task<TokenAnswer> ReserveAsync(string decisionId, long tokens, TokenBucket[] buckets)
    {
        var values = new List<RedisValue> { decisionId, tokens };
        foreach (var bucket in buckets)
        {
            values.AddRange([bucket.Name.Key, bucket.Tokens, bucket.Window.ToMicroseconds()]);
        }

        var numbers = (RedisValue[]?)await CallAsync("reserve", values);
        if (
            numbers?.Length != BeforeBuckets + (PerBucket * buckets.Length)
            || !Array.TrueForAll(numbers, number => number.IsInteger)
            || (long)numbers[1] is var full && (full < 0 || full >= buckets.Length)
        )
        {
            throw Malformed();
        }

        return (long)numbers[0] switch
        {
            1 => Nearest(buckets, numbers),
            0 when (long)numbers[2] > 0 => Left(buckets, numbers, (int)full) with
            {
                Verdict = TokenVerdict.Full,
                RetryAfter = Span(numbers[2], buckets[full].Window),
            },
            2 => Left(buckets, numbers, (int)full) with { Verdict = TokenVerdict.TooLarge },
            _ => throw Malformed(),
        };
    }

    /// <exception cref="RedisException">As <see cref="ReserveAsync"/>.</exception>
    public Task SettleAsync(IReadOnlyList<(string DecisionId, long Tokens)> counts) =>
        CallAsync("settle", [.. counts.SelectMany(count => new RedisValue[] { count.DecisionId, count.Tokens })]);

    /// <exception cref="RedisException">As <see cref="ReserveAsync"/>.</exception>
    public Task ReleaseAsync(string decisionId) => CallAsync("release", [decisionId]);

    /// <summary>Runs the script without a reservation; an error reply counts as an answer.</summary>
    public Task ProbeAsync() => RedisRefusal.IgnoreAsync(SettleAsync([]));

    private static TokenAnswer Nearest(TokenBucket[] buckets, RedisValue[] numbers)
    {
        var nearest = Left(buckets, numbers, 0);
        for (var i = 1; i < buckets.Length; i++)
        {
            var other = Left(buckets, numbers, i);
            nearest = other.Remaining < nearest.Remaining ? other : nearest;
        }

        return nearest;
    }

    private static TokenAnswer Left(TokenBucket[] buckets, RedisValue[] numbers, int index)
    {
        var at = BeforeBuckets + (PerBucket * index);
        return new(
            TokenVerdict.Reserved,
            index,
            Math.Max(0, buckets[index].Tokens - (long)numbers[at]),
            Span(numbers[at + 1], buckets[index].Window)
        );
    }

    private static TimeSpan Span(RedisValue microseconds, TimeSpan longest) =>
        (long)microseconds is >= 0 and var number && number <= longest.ToMicroseconds() + 1
            ? TimeSpan.FromTicks(number * TimeSpan.TicksPerMicrosecond)
            : throw Malformed();

    private Task<RedisResult> CallAsync(string action, List<RedisValue> values) =>
        _script.EvaluateAsync(_prefix, [action, clock is null ? "" : clock(), .. values]);

    private static InvalidDataException Malformed() => new("Redis returned a malformed answer.");
}
