using System.Diagnostics.Metrics;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Tests.Platform.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Tests.Access.RateLimiting;

/// <summary>One replica's limiter of any kind on a given clock.</summary>
internal sealed class LimiterFixture : IAsyncDisposable
{
    private readonly Meter _meter = new(nameof(LimiterFixture));
    private readonly LimitMetrics _metrics;

    private LimiterFixture(
        LimiterKind kind,
        TimeProvider clock,
        RedisConnection? redis,
        bool usesServersClock,
        TimeSpan? patience,
        IMeterFactory? meters,
        params RedisProbe[] others
    )
    {
        _metrics = meters is null ? new(_meter) : new(meters.Create(""));
        Memory = new(clock);
        if (redis is null)
        {
            Limiter = Memory;
            return;
        }

        Func<long>? serversClock = usesServersClock
            ? null
            : () => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        Windows = new(redis, serversClock);
        Registry = new(redis, clock, NullLogger<ReplicaRegistry>.Instance, serversClock);
        Breaker = new([Windows.ProbeAsync, Registry.ProbeAsync, .. others], clock, Log, patience, redis.Health);
        Limiter =
            kind == LimiterKind.Script
                ? new ScriptOnly(Windows)
                : new RedisRateLimiter(Memory, Windows, Breaker, Registry, _metrics, clock);
    }

    public IRateLimiter Limiter { get; }

    public MemoryRateLimiter Memory { get; }

    public RedisWindows? Windows { get; }

    public ReplicaRegistry? Registry { get; }

    public RedisCircuitBreaker? Breaker { get; }

    public RecordingLogger<RedisCircuitBreaker> Log { get; } = new();

    public static async Task<LimiterFixture> StartAsync(
        LimiterKind kind,
        TimeProvider clock,
        SharedRedis redis,
        bool usesServersClock = false
    ) => new(kind, clock, kind == LimiterKind.Memory ? null : await redis.ConnectAsync(), usesServersClock, TimeSpan.FromMinutes(1), null);

    /// <summary>As in a sidecar, but with a timeout that suits a busy machine.</summary>
    public static LimiterFixture On(RedisConnection redis, params RedisProbe[] others) =>
        new(LimiterKind.Redis, TimeProvider.System, redis, usesServersClock: true, TimeSpan.FromSeconds(1), null, others);

    /// <summary>As in a sidecar.</summary>
    public static LimiterFixture AsShipped(RedisConnection redis, IMeterFactory meters) =>
        new(LimiterKind.Redis, TimeProvider.System, redis, usesServersClock: true, null, meters);

    /// <summary>For tests in which Redis always answers.</summary>
    public static LimiterFixture OnAnswering(RedisConnection redis) =>
        new(LimiterKind.Redis, TimeProvider.System, redis, usesServersClock: true, TimeSpan.FromMinutes(1), null);

    public async Task<LimitAnswer> CountAsync(params Bucket[] buckets) => await Limiter.CountAsync(buckets, RedisDownAnswer.Deny);

    public async ValueTask DisposeAsync()
    {
        if (Breaker is not null)
        {
            await Breaker.DisposeAsync();
        }

        Memory.Dispose();
        _meter.Dispose();
    }

    private sealed class ScriptOnly(RedisWindows windows) : IRateLimiter
    {
        public async ValueTask<LimitAnswer> CountAsync(Bucket[] buckets, RedisDownAnswer whenRedisIsDown, string? chargeId = null) =>
            await windows.CountAsync(buckets, chargeId);

        public async ValueTask UndoAsync(BucketName[] buckets) => await windows.UndoAsync(buckets);

        public async ValueTask ClearAsync(BucketName bucket) => await windows.ClearAsync(bucket);
    }
}
