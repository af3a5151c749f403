using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Access.ParallelLimits;

/// <summary>Leases in memory and over Redis.</summary>
public sealed class RequestLeasesContractTests(SharedRedis redis) : IClassFixture<SharedRedis>
{
    private static readonly TimeSpan _lifetime = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan _microsecond = TimeSpan.FromMicroseconds(1);

    private readonly FakeTimeProvider _time = new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly string _run = Guid.NewGuid().ToString("N");

    [RequiresTheory("redis")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FullOwner_TakesNoMore_UntilARequestEndsOrIsDenied(bool isShared)
    {
        await using var fixture = await StartAsync(isShared);
        var (first, second) = (Lease(2, "ada"), Lease(2, "ada"));
        Assert.Equal(LeaseAnswer.Taken, await fixture.TakeAsync(first));
        Assert.Equal(LeaseAnswer.Taken, await fixture.TakeAsync(second));

        Assert.Equal(LeaseAnswer.FullAt(0), await fixture.TakeAsync(Lease(2, "ada")));
        Assert.Equal(LeaseAnswer.Taken, await fixture.TakeAsync(Lease(2, "bob")));

        fixture.Leases.End(first.DecisionId);
        fixture.Leases.End(first.DecisionId);
        await UntilTakenAsync(fixture, Lease(2, "ada"));
        Assert.Equal(LeaseAnswer.FullAt(0), await fixture.TakeAsync(Lease(2, "ada")));

        fixture.Leases.Release(second.DecisionId);
        await UntilTakenAsync(fixture, Lease(2, "ada"));
        Assert.Equal(LeaseAnswer.FullAt(0), await fixture.TakeAsync(Lease(2, "ada")));
        Assert.Equal(3, fixture.Leases.Count);
    }

    [RequiresTheory("redis")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RepeatedRequest_TakesOneLease(bool isShared)
    {
        await using var fixture = await StartAsync(isShared);
        var lease = Lease(2, "ada");

        Assert.Equal(LeaseAnswer.Taken, await fixture.TakeAsync(lease));
        Assert.Equal(LeaseAnswer.Taken, await fixture.TakeAsync(lease));

        Assert.Equal(1, fixture.Leases.Count);
        Assert.Equal(LeaseAnswer.Taken, await fixture.TakeAsync(Lease(2, "ada")));
        Assert.Equal(LeaseAnswer.FullAt(0), await fixture.TakeAsync(Lease(2, "ada")));
    }

    [RequiresTheory("redis")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OneFullOwner_TakesNothingFromTheOthers(bool isShared)
    {
        await using var fixture = await StartAsync(isShared);
        Assert.Equal(LeaseAnswer.Taken, await fixture.TakeAsync(Lease(1, "tenant")));

        Assert.Equal(LeaseAnswer.FullAt(2), await fixture.TakeAsync(Lease(1, "key", "user", "tenant")));

        Assert.Equal(LeaseAnswer.Taken, await fixture.TakeAsync(Lease(1, "key", "user")));
        Assert.Equal(LeaseAnswer.FullAt(1), await fixture.TakeAsync(Lease(1, "another", "user")));
    }

    [RequiresTheory("redis")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RequestWithoutAnEnd_CountsForItsLifetime(bool isShared)
    {
        await using var fixture = await StartAsync(isShared);
        Assert.Equal(LeaseAnswer.Taken, await fixture.TakeAsync(Lease(1, "ada")));
        for (var left = _lifetime - _microsecond; left > TimeSpan.Zero; left -= IRequestLeases.RenewalInterval)
        {
            Assert.Equal(LeaseAnswer.FullAt(0), await fixture.TakeAsync(Lease(1, "ada")));
            _time.Advance(left < IRequestLeases.RenewalInterval ? left : IRequestLeases.RenewalInterval);
            await (fixture.Shared?.RenewAllAsync() ?? Task.CompletedTask);
        }

        Assert.Equal((1, 0), (fixture.Leases.Count, fixture.Own.Lapsed));
        Assert.Equal(LeaseAnswer.FullAt(0), await fixture.TakeAsync(Lease(1, "ada")));
        _time.Advance(_microsecond);

        Assert.Equal(LeaseAnswer.Taken, await fixture.TakeAsync(Lease(1, "ada")));
        Assert.Equal(1, fixture.Own.Lapsed);
    }

    [RequiresTheory("redis")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenWebSocket_CountsUntilReportsAreMissing(bool isShared)
    {
        await using var fixture = await StartAsync(isShared);
        var socket = Lease(1, "ada") with { IsSocket = true, Lifetime = IRequestLeases.Life };
        Assert.Equal(LeaseAnswer.Taken, await fixture.TakeAsync(socket));
        for (var i = 0; i < 4; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(60));
            fixture.Leases.Renew(socket.DecisionId);
            await fixture.UntilReportedAsync();
            await (fixture.Shared?.RenewAllAsync() ?? Task.CompletedTask);
        }

        _time.Advance(IRequestLeases.Life - _microsecond);
        await (fixture.Shared?.RenewAllAsync() ?? Task.CompletedTask);
        Assert.Equal(LeaseAnswer.FullAt(0), await fixture.TakeAsync(Lease(1, "ada")));

        _time.Advance(_microsecond);
        Assert.Equal(LeaseAnswer.Taken, await fixture.TakeAsync(Lease(1, "ada")));
    }

    private static async Task UntilTakenAsync(RequestLeaseFixture fixture, RequestLease lease) =>
        await Eventually.TrueAsync(async () => await fixture.TakeAsync(lease) == LeaseAnswer.Taken, "the end is known");

    private async Task<RequestLeaseFixture> StartAsync(bool isShared) => new(_time, isShared ? await redis.ConnectAsync() : null);

    private RequestLease Lease(int most, params string[] owners) =>
        new(Guid.NewGuid().ToString("N"), [.. owners.Select(owner => new ParallelCap($"{owner} {_run}", most))], _lifetime);
}
