using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Access.ParallelLimits;

/// <summary>Replicas with one Redis, each with a connection of its own.</summary>
public sealed class SharedRequestLeasesTests(SharedRedis redis) : IClassFixture<SharedRedis>
{
    private const int Cap = 4;

    private readonly FakeTimeProvider _time = new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly string _owner = Guid.NewGuid().ToString("N");

    [RequiresFact("redis")]
    public async Task ManyCallersOfTwoReplicas_NeverRunMoreThanTheCap()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        var (running, most, passed) = (0, 0, 0);

        await Task.WhenAll(Enumerable.Range(0, 64).Select(number => Task.Run(() => CallAsync(number % 2 == 0 ? first : second))));

        Assert.InRange(most, 1, Cap);
        Assert.True(passed > Cap, $"{passed} passed");

        async Task CallAsync(RequestLeaseFixture replica)
        {
            for (var again = 0; again < 20; again++)
            {
                var lease = Lease();
                if (await replica.TakeAsync(lease) != LeaseAnswer.Taken)
                {
                    continue;
                }

                var now = Interlocked.Increment(ref running);
                for (var known = Volatile.Read(ref most); now > known; known = Volatile.Read(ref most))
                {
                    Interlocked.CompareExchange(ref most, now, known);
                }

                Interlocked.Increment(ref passed);
                await Task.Yield();
                Interlocked.Decrement(ref running);
                replica.Leases.End(lease.DecisionId);
            }
        }
    }

    [RequiresFact("redis")]
    public async Task EndReportedToAnotherReplica_FreesTheLease_AtBoth()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        var lease = Lease();
        await TakeAllAsync(first, lease);

        second.Leases.End(lease.DecisionId);

        await second.UntilReportedAsync();
        Assert.Equal(Cap, first.Leases.Count);
        await first.Shared!.RenewAllAsync();
        Assert.Equal(Cap - 1, first.Leases.Count);
        Assert.Equal(LeaseAnswer.Taken, await second.TakeAsync(Lease()));
        Assert.Equal(LeaseAnswer.FullAt(0), await first.TakeAsync(Lease()));
    }

    [RequiresFact("redis")]
    public async Task LeasesOfADeadReplica_LastForOneTerm()
    {
        await using var dead = await StartAsync();
        await using var alive = await StartAsync();
        await TakeAllAsync(dead);
        _time.Advance(IRequestLeases.Life - TimeSpan.FromMicroseconds(1));
        Assert.Equal(LeaseAnswer.FullAt(0), await alive.TakeAsync(Lease()));

        _time.Advance(TimeSpan.FromMicroseconds(1));

        await TakeAllAsync(alive);
    }

    [RequiresFact("redis")]
    public async Task RepeatAtAnotherReplica_MovesTheLease_AndTheFirstCannotReleaseIt()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        var lease = Lease();
        await TakeAllAsync(first, lease);

        Assert.Equal(LeaseAnswer.Taken, await second.TakeAsync(lease));
        first.Leases.Release(lease.DecisionId);

        await first.UntilReportedAsync();
        Assert.Equal(LeaseAnswer.FullAt(0), await first.TakeAsync(Lease()));
        second.Leases.Release(lease.DecisionId);
        await second.UntilReportedAsync();
        Assert.Equal(LeaseAnswer.Taken, await first.TakeAsync(Lease()));
    }

    [RequiresFact("redis")]
    public async Task EndedLease_CannotBeRenewed()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        var lease = Lease();
        await TakeAllAsync(first, lease);
        second.Leases.End(lease.DecisionId);
        await second.UntilReportedAsync();

        Assert.Equal([lease.DecisionId], await first.Script!.RenewAsync([(lease, IRequestLeases.Life)]));

        Assert.Equal(LeaseAnswer.Taken, await second.TakeAsync(Lease()));
    }

    [RequiresTheory("redis")]
    [InlineData("lease", "SET {0} nonsense")]
    [InlineData("lease", "LPUSH {0} x")]
    [InlineData("owner", "SET {0} x")]
    public async Task OverwrittenValue_IsReplaced(string kind, string command)
    {
        await using var fixture = await StartAsync();
        var lease = Lease();
        await TakeAllAsync(fixture, lease);
        var server = await redis.ServerAsync();
        var key = $"authsidecar:{{parallel}}:{kind}:{(kind == "lease" ? lease.DecisionId : _owner)}";
        await server.AskAsync($"DEL {key}");
        await server.AskAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, command, key));

        await fixture.Shared!.RenewAllAsync();

        Assert.Equal(LeaseAnswer.FullAt(0), await fixture.TakeAsync(Lease()));
        fixture.Leases.End(lease.DecisionId);
        await fixture.UntilReportedAsync();
        Assert.Equal(LeaseAnswer.Taken, await fixture.TakeAsync(Lease()));
    }

    [RequiresTheory("redis")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Outage_KeepsTheShare_AndRedisLearnsOfItAfterwards(bool losesData)
    {
        await using var server = await RedisServer.StartAsync();
        await using var one = await SharedRedis.OpenAnsweredAsync(server.Address);
        await using var two = await SharedRedis.OpenAnsweredAsync(server.Address);
        await using var first = new RequestLeaseFixture(TimeProvider.System, one, usesServersClock: true);
        await using var second = new RequestLeaseFixture(TimeProvider.System, two, usesServersClock: true);
        await second.Registry!.AnnounceAsync();
        await first.Registry!.AnnounceAsync();
        Assert.Equal(2, first.Registry.Count);
        if (losesData)
        {
            await server.KillAsync();
        }
        else
        {
            server.Freeze();
        }

        Assert.Equal(default, await first.TakeAsync(Lease()));
        Assert.Equal(0, first.Leases.Count);
        Assert.Equal(LeaseAnswer.Taken, await first.TakeAsync(Lease(), RedisDownAnswer.FallbackLocal));
        Assert.Equal(LeaseAnswer.Taken, await first.TakeAsync(Lease(), RedisDownAnswer.FallbackLocal));
        Assert.Equal(LeaseAnswer.FullAt(0), await first.TakeAsync(Lease(), RedisDownAnswer.FallbackLocal));
        Assert.Equal(LeaseAnswer.Taken, await first.TakeAsync(Lease(), RedisDownAnswer.Allow));
        Assert.Equal(3, first.Leases.Count);
        Assert.Equal(3, first.Counts["authsidecar_parallel_fallback_total{answer=fallback_local}"]);

        if (losesData)
        {
            await server.RestartAsync();
        }
        else
        {
            server.Resume();
        }

        await Eventually.TrueAsync(() => Task.FromResult(first.Breaker!.IsAvailable && second.Breaker!.IsAvailable), "Redis is available");
        await SharedRedis.UntilAnsweredAsync(one);
        await SharedRedis.UntilAnsweredAsync(two);
        await first.Registry.AnnounceAsync();
        await second.Registry.AnnounceAsync();

        // The first sends its three before it takes another, or keeps to its share.
        var last = (await first.TakeAsync(Lease())).Result == LeaseResult.Taken ? 0 : 1;
        await first.Shared!.RenewAllAsync();
        Assert.Equal(last == 1 ? LeaseAnswer.Taken : LeaseAnswer.FullAt(0), await second.TakeAsync(Lease()));
        Assert.Equal(LeaseAnswer.FullAt(0), await second.TakeAsync(Lease()));
    }

    private async Task TakeAllAsync(RequestLeaseFixture replica, RequestLease? first = null)
    {
        for (var i = 0; i < Cap; i++)
        {
            Assert.Equal(LeaseAnswer.Taken, await replica.TakeAsync(i == 0 && first is not null ? first : Lease()));
        }

        Assert.Equal(LeaseAnswer.FullAt(0), await replica.TakeAsync(Lease()));
    }

    private async Task<RequestLeaseFixture> StartAsync() => new(_time, await redis.ConnectAsync());

    private RequestLease Lease() => new(Guid.NewGuid().ToString("N"), [new(_owner, Cap)], TimeSpan.FromMinutes(15));
}
