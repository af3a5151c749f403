using System.Diagnostics;
using System.Diagnostics.Metrics;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Platform.Redis;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Benchmarks;

/// <summary>The limiter alone: in process, and in process plus a real Redis on the same machine.</summary>
internal sealed class LimiterBenchmark(Size size)
{
    private const int Keys = 1000;
    private const int Callers = 64;
    private readonly int _rounds = size.Pick(5, 1);
    private readonly TimeSpan _round = size.Pick(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.05));
    private static readonly Bucket[][] _buckets =
    [
        .. Enumerable
            .Range(0, Keys)
            .Select(key => new Bucket[] { new(new(BucketKind.Key, "", $"key{key}"), 1_000_000, TimeSpan.FromSeconds(1)) }),
    ];

    public async Task<Table> RunAsync()
    {
        using var memory = new MemoryRateLimiter(TimeProvider.System);
        var table = new Table("calls a second", "median", "lowest", "highest", "p50 µs", "p99 µs");
        await MeasureAsync(table, "in process, one caller, 1,000 keys", memory, callers: 1, keys: Keys);
        await MeasureAsync(table, "in process, 64 callers, 1,000 keys", memory, Callers, Keys);
        await MeasureAsync(table, "in process, 64 callers, one key", memory, Callers, keys: 1);

        await using var server = await RedisServer.StartAsync();
        await using var connection = new RedisConnection(RedisAddress.Parse(new(server.Address))!, NullLogger<RedisConnection>.Instance);
        await connection.StartAsync(CancellationToken.None);
        using var meter = new Meter("benchmark");
        var windows = new RedisWindows(connection);
        await using var breaker = new RedisCircuitBreaker(
            [windows.ProbeAsync],
            TimeProvider.System,
            NullLogger<RedisCircuitBreaker>.Instance,
            TimeSpan.FromSeconds(10)
        );
        var replicas = new ReplicaRegistry(connection, TimeProvider.System, NullLogger<ReplicaRegistry>.Instance);
        var redis = new RedisRateLimiter(memory, windows, breaker, replicas, new(meter), TimeProvider.System);
        await UntilAnsweredAsync(redis);
        await MeasureAsync(table, "over Redis, one caller: one round trip", redis, callers: 1, keys: Keys);
        await MeasureAsync(table, "over Redis, 64 callers, 1,000 keys", redis, Callers, Keys);
        await MeasureAsync(table, "over Redis, 64 callers, one key", redis, Callers, keys: 1);
        return table;
    }

    // On a busy machine the connection may come later than the start waits for it.
    private static async Task UntilAnsweredAsync(RedisRateLimiter limiter)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(30); await Task.Delay(100))
        {
            if ((await limiter.CountAsync(_buckets[0], RedisDownAnswer.Deny)).Verdict == LimitVerdict.Counted)
            {
                return;
            }
        }

        throw new InvalidOperationException("Redis does not answer.");
    }

    private async Task MeasureAsync(Table table, string what, IRateLimiter limiter, int callers, int keys)
    {
        var rates = new List<double>();
        var times = new List<double>();
        for (var round = 0; round <= _rounds; round++)
        {
            var clock = Stopwatch.StartNew();
            var all = await Task.WhenAll(
                Enumerable.Range(0, callers).Select(caller => Task.Run(() => CallAsync(limiter, caller, keys, clock)))
            );
            if (round > 0)
            {
                // The first round warms up the JIT.
                rates.Add(all.Sum(one => one.Calls) / clock.Elapsed.TotalSeconds);
                times.AddRange(all.SelectMany(one => one.Times));
            }
        }

        table.Add(
            what,
            $"{rates.Median():N0}",
            $"{rates.Min():N0}",
            $"{rates.Max():N0}",
            $"{times.Percentile(50):F1}",
            $"{times.Percentile(99):F1}"
        );
    }

    private async Task<(long Calls, List<double> Times)> CallAsync(IRateLimiter limiter, int caller, int keys, Stopwatch clock)
    {
        var (calls, times) = (0L, new List<double>());
        do
        {
            var started = Stopwatch.GetTimestamp();
            var answer = await limiter.CountAsync(_buckets[(caller + calls) % keys], RedisDownAnswer.Deny);
            if (calls++ % 16 == 0)
            {
                times.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds);
            }

            // A separate key, or one of a thousand, never reaches its limit; one key for all callers may.
            if (answer.Verdict != LimitVerdict.Counted && (keys > 1 || answer.Verdict != LimitVerdict.Denied))
            {
                throw new InvalidOperationException($"Unexpected answer: {answer.Verdict}");
            }
        } while (clock.Elapsed < _round);

        return (calls, times);
    }
}
