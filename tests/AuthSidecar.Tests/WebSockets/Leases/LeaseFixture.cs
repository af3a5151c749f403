using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.WebSockets.Leases;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Tests.WebSockets.Leases;

/// <summary>Leases of any kind in one replica, with a given clock.</summary>
internal sealed class LeaseFixture : IAsyncDisposable
{
    private readonly TestMetrics _metrics = new();

    private LeaseFixture(LeaseKind kind, TimeProvider clock, RedisConnection? redis, bool usesServersClock, TimeSpan? patience)
    {
        Own = new(clock);
        var metrics = new LeaseMetrics(_metrics.Meter, Own);
        if (redis is null)
        {
            Leases = new MemorySocketLeases(Own, metrics);
            return;
        }

        Script = new(
            redis,
            usesServersClock ? null : () => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond
        );
        Breaker = new([Script.ProbeAsync], clock, new RecordingLogger<RedisCircuitBreaker>(), patience);
        Registry = new(redis, clock, NullLogger<ReplicaRegistry>.Instance);
        Shared = new(Own, new(Own, Script), Script, Breaker, Registry, metrics, clock, Log);
        Leases = kind == LeaseKind.Script ? new ScriptOnly(Script) : Shared;
    }

    public ISocketLeases Leases { get; }

    public LeaseTable Own { get; }

    public LeaseScript? Script { get; }

    public SharedSocketLeases? Shared { get; }

    public ReplicaRegistry? Registry { get; }

    public RedisCircuitBreaker? Breaker { get; }

    public RecordingLogger<SharedSocketLeases> Log { get; } = new();

    public IReadOnlyDictionary<string, long> Counts => _metrics.Counts;

    public static async Task<LeaseFixture> StartAsync(LeaseKind kind, TimeProvider clock, SharedRedis redis, bool usesServersClock = false)
    {
        var fixture = new LeaseFixture(
            kind,
            clock,
            kind == LeaseKind.Memory ? null : await redis.ConnectAsync(),
            usesServersClock,
            TimeSpan.FromMinutes(1)
        );
        if (fixture.Script is { } script)
        {
            await script.AppearAsync(isResent: true);
        }

        return fixture;
    }

    /// <summary>As in a sidecar, but with a timeout that suits a busy machine.</summary>
    public static LeaseFixture On(RedisConnection redis, TimeSpan? patience = null) =>
        new(LeaseKind.Shared, TimeProvider.System, redis, usesServersClock: true, patience: patience ?? TimeSpan.FromSeconds(1));

    public async Task<LeaseVerdict> TakeAsync(
        SocketLease lease,
        int perUser,
        int perReplica = 0,
        RedisDownAnswer whenRedisIsDown = RedisDownAnswer.Deny
    ) => await Leases.TakeAsync(lease, new(perUser, perReplica), whenRedisIsDown);

    public async ValueTask DisposeAsync()
    {
        if (Breaker is not null)
        {
            await Breaker.DisposeAsync();
        }

        _metrics.Dispose();
    }

    private sealed class ScriptOnly(LeaseScript script) : ISocketLeases
    {
        public int Count => throw new NotSupportedException();

        public async ValueTask<LeaseVerdict> TakeAsync(SocketLease lease, SocketCaps caps, RedisDownAnswer whenRedisIsDown)
        {
            while (true)
            {
                if (await script.TakeAsync(lease, caps) is { } verdict)
                {
                    return verdict;
                }

                await script.AppearAsync(isResent: true);
            }
        }

        public async ValueTask RenewAsync(SocketLease lease) => await script.RenewAsync(lease, ISocketLeases.Life);

        public async ValueTask EndAsync(SocketLease lease) => await script.EndAsync(lease);

        public async ValueTask ReleaseAsync(SocketLease lease) => await script.ReleaseAsync(lease);
    }
}
