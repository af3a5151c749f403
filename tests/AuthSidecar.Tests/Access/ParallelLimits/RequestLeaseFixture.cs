using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Tests.Access.ParallelLimits;

/// <summary>Leases in one replica, alone or over Redis.</summary>
internal sealed class RequestLeaseFixture : IAsyncDisposable
{
    private readonly TestMetrics _metrics = new();

    /// <param name="clock">The clock of this replica, and of Redis unless that has its own.</param>
    /// <param name="redis">Null: a single replica.</param>
    /// <param name="usesServersClock">Leaves the clock of Redis as it is.</param>
    public RequestLeaseFixture(TimeProvider clock, RedisConnection? redis, bool usesServersClock = false)
    {
        Own = new(clock, redis is null ? null : IRequestLeases.Life);
        var metrics = new ParallelMetrics(_metrics.Meter, Own);
        if (redis is null)
        {
            Leases = new MemoryRequestLeases(Own);
            return;
        }

        Script = new(
            redis,
            usesServersClock ? null : () => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond
        );
        Breaker = new([Script.ProbeAsync], TimeProvider.System, new RecordingLogger<RedisCircuitBreaker>(), TimeSpan.FromSeconds(1));
        Registry = new(redis, clock, NullLogger<ReplicaRegistry>.Instance);
        Reports = new(Script, Breaker);
        Leases = Shared = new(Own, Script, Reports, Breaker, Registry, metrics);
    }

    public IRequestLeases Leases { get; }

    public RequestLeaseTable Own { get; }

    public SharedRequestLeases? Shared { get; }

    public LeaseReports? Reports { get; }

    public RequestLeaseScript? Script { get; }

    public RedisCircuitBreaker? Breaker { get; }

    public ReplicaRegistry? Registry { get; }

    public IReadOnlyDictionary<string, long> Counts => _metrics.Counts;

    public async Task<LeaseAnswer> TakeAsync(RequestLease lease, RedisDownAnswer whenRedisIsDown = RedisDownAnswer.Deny) =>
        await Leases.TakeAsync(lease, whenRedisIsDown);

    public Task UntilReportedAsync() => Eventually.TrueAsync(() => Task.FromResult(Reports?.IsEmpty ?? true), "the reports are sent");

    public async ValueTask DisposeAsync()
    {
        if (Breaker is not null)
        {
            await Breaker.DisposeAsync();
        }

        _metrics.Dispose();
    }
}
