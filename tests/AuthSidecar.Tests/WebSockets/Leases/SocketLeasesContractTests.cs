using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.WebSockets.Leases;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.WebSockets.Leases;

/// <summary>The contract of all implementations of leases.</summary>
public sealed class SocketLeasesContractTests(SharedRedis redis) : IClassFixture<SharedRedis>
{
    private static readonly TimeSpan _microsecond = TimeSpan.FromMicroseconds(1);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero).AddMicroseconds(901));
    private readonly string _run = Guid.NewGuid().ToString("N");

    [Theory]
    [LeasesInMemory]
    [LeasesOnRedis]
    public async Task CapIsReached_UntilOneEnds(LeaseKind kind)
    {
        await using var fixture = await StartAsync(kind);
        var sockets = Sockets("ada", 3);
        foreach (var socket in sockets)
        {
            Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(socket, 3));
        }

        Assert.Equal(LeaseVerdict.UserIsFull, await fixture.TakeAsync(Socket("ada"), 3));
        Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(Socket("bob"), 3));

        await fixture.Leases.EndAsync(sockets[1]);

        Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(Socket("ada"), 3));
        Assert.Equal(LeaseVerdict.UserIsFull, await fixture.TakeAsync(Socket("ada"), 3));
    }

    [Theory]
    [LeasesInMemory]
    [LeasesOnRedis]
    public async Task FullReplica_RefusesEveryCaller_AndTakesNothingFromThem(LeaseKind kind)
    {
        await using var fixture = await StartAsync(kind);
        var first = Socket("ada");
        Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(first, 2, 1));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(LeaseVerdict.ReplicaIsFull, await fixture.TakeAsync(Socket("bob"), 2, 1));
        }

        // Both slots of the other subject are still free.
        await fixture.Leases.EndAsync(first);
        Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(Socket("bob"), 2, 9));
        Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(Socket("bob"), 2, 9));
        Assert.Equal(LeaseVerdict.UserIsFull, await fixture.TakeAsync(Socket("bob"), 2, 9));

        // The denial took no slot of the replica.
        Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(Socket("cid"), 2, 3));
        Assert.Equal(LeaseVerdict.ReplicaIsFull, await fixture.TakeAsync(Socket("dan"), 2, 3));
    }

    [Theory]
    [LeasesInMemory]
    [LeasesOnRedis]
    public async Task WithoutACap_NothingIsRefused(LeaseKind kind)
    {
        await using var fixture = await StartAsync(kind);
        foreach (var socket in Sockets("ada", 20))
        {
            Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(socket, 0));
        }

        // Leases taken without a cap count under a cap.
        Assert.Equal(LeaseVerdict.UserIsFull, await fixture.TakeAsync(Socket("ada"), 20));
        Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(Socket("ada"), 21));
    }

    [Theory]
    [LeasesInMemory]
    [LeasesOnRedis]
    public async Task Lease_LapsesAtExactlyItsEnd(LeaseKind kind)
    {
        await using var fixture = await StartAsync(kind);
        await fixture.TakeAsync(Socket("ada"), 1);

        _time.Advance(ISocketLeases.Life - _microsecond);
        Assert.Equal(LeaseVerdict.UserIsFull, await fixture.TakeAsync(Socket("ada"), 1, 1));

        _time.Advance(_microsecond);
        Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(Socket("ada"), 1, 1));
    }

    [Theory]
    [LeasesInMemory]
    [LeasesOnRedis]
    public async Task Renewal_CountsForAnotherLife(LeaseKind kind)
    {
        await using var fixture = await StartAsync(kind);
        var socket = Socket("ada");
        await fixture.TakeAsync(socket, 1);
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(30));
            await fixture.Leases.RenewAsync(socket);
        }

        _time.Advance(ISocketLeases.Life - _microsecond);
        Assert.Equal(LeaseVerdict.UserIsFull, await fixture.TakeAsync(Socket("ada"), 1));
        _time.Advance(_microsecond);
        Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(Socket("ada"), 1));
    }

    [Theory]
    [LeasesInMemory]
    [LeasesOnRedis]
    public async Task UnknownSocket_IsAdopted_RegardlessOfTheCaps(LeaseKind kind)
    {
        await using var fixture = await StartAsync(kind);
        var sockets = Sockets("ada", 3);
        foreach (var socket in sockets)
        {
            await fixture.Leases.RenewAsync(socket);
            await fixture.Leases.RenewAsync(socket);
        }

        Assert.Equal(LeaseVerdict.UserIsFull, await fixture.TakeAsync(Socket("ada"), 3));
        Assert.Equal(LeaseVerdict.ReplicaIsFull, await fixture.TakeAsync(Socket("bob"), 3, 3));
        await fixture.Leases.EndAsync(sockets[0]);
        Assert.Equal(LeaseVerdict.UserIsFull, await fixture.TakeAsync(Socket("ada"), 2));
        Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(Socket("ada"), 3, 3));
        if (kind != LeaseKind.Script)
        {
            Assert.Equal(3, fixture.Counts["authsidecar_socket_leases_adopted_total{}"]);
        }
    }

    [Theory]
    [LeasesInMemory]
    [LeasesOnRedis]
    public async Task LeaseThatLapsed_IsAdoptedAgainWithItsNextRenewal(LeaseKind kind)
    {
        await using var fixture = await StartAsync(kind);
        var socket = Socket("ada");
        await fixture.TakeAsync(socket, 1);
        _time.Advance(ISocketLeases.Life);

        await fixture.Leases.RenewAsync(socket);

        Assert.Equal(LeaseVerdict.UserIsFull, await fixture.TakeAsync(Socket("ada"), 1));
        Assert.Equal(LeaseVerdict.ReplicaIsFull, await fixture.TakeAsync(Socket("bob"), 1, 1));
    }

    [Theory]
    [LeasesInMemory]
    [LeasesOnRedis]
    public async Task EndOfAnUnknownLease_OrTwice_FreesNothing(LeaseKind kind)
    {
        await using var fixture = await StartAsync(kind);
        var sockets = Sockets("ada", 2);
        await fixture.TakeAsync(sockets[0], 2);
        await fixture.TakeAsync(sockets[1], 2);

        await fixture.Leases.EndAsync(Socket("ada"));
        Assert.Equal(LeaseVerdict.UserIsFull, await fixture.TakeAsync(Socket("ada"), 2));

        await fixture.Leases.EndAsync(sockets[0]);
        await fixture.Leases.EndAsync(sockets[0]);
        Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(Socket("ada"), 2, 2));
        Assert.Equal(LeaseVerdict.UserIsFull, await fixture.TakeAsync(Socket("ada"), 2, 2));
    }

    [Theory]
    [LeasesInMemory]
    [LeasesOnRedis]
    public async Task EndThatComesFirst_HoldsAgainstALateRenewalAndALateStart(LeaseKind kind)
    {
        await using var fixture = await StartAsync(kind);
        var (renewed, taken) = (Socket("ada"), Socket("ada"));
        await fixture.Leases.EndAsync(renewed);
        await fixture.Leases.EndAsync(taken);

        await fixture.Leases.RenewAsync(renewed);
        await fixture.TakeAsync(taken, 1);

        Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(Socket("ada"), 1, 1));
    }

    [Theory]
    [LeasesInMemory]
    [LeasesOnRedis]
    public async Task TakenTwice_CountsOnce(LeaseKind kind)
    {
        await using var fixture = await StartAsync(kind);
        var socket = Socket("ada");

        Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(socket, 1, 1));
        Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(socket, 1, 1));

        await fixture.Leases.EndAsync(socket);
        Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(Socket("ada"), 1, 1));
    }

    [Theory]
    [LeasesInMemory]
    [LeasesOnRedis]
    public async Task SubjectsOfAnyName_AreThemselves(LeaseKind kind)
    {
        await using var fixture = await StartAsync(kind);
        foreach (var subject in new[] { "https://id.example.com|a b", "https://id.example.com|a", "a b", "a", "ä:b", "{a}", " ", ":" })
        {
            Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(Socket(subject), 1));
            Assert.Equal(LeaseVerdict.UserIsFull, await fixture.TakeAsync(Socket(subject), 1));
        }
    }

    [Theory]
    [LeasesInMemory]
    [LeasesOnRedis]
    public async Task Concurrent_NeverExceedTheCap_AndEveryReleasedLeaseIsReused(LeaseKind kind)
    {
        await using var fixture = await LeaseFixture.StartAsync(kind, TimeProvider.System, redis, usesServersClock: true);
        var taken = await TakeAllAsync();
        Assert.Equal(16, taken.Length);

        await Task.WhenAll(taken.Take(10).Select(async socket => await fixture.Leases.EndAsync(socket)));

        Assert.Equal(10, (await TakeAllAsync()).Length);

        async Task<SocketLease[]> TakeAllAsync()
        {
            var answers = await Task.WhenAll(
                Sockets("ada", 200)
                    .Select(socket => Task.Run(async () => (Socket: socket, Verdict: await fixture.TakeAsync(socket, 16, 100))))
            );
            return [.. answers.Where(answer => answer.Verdict == LeaseVerdict.Taken).Select(answer => answer.Socket)];
        }
    }

    [Theory]
    [LeasesInMemory]
    [LeasesOnRedis]
    public async Task ManyOpenRenewAndClose_NothingIsLeftInTheEnd(LeaseKind kind)
    {
        await using var fixture = await LeaseFixture.StartAsync(kind, TimeProvider.System, redis, usesServersClock: true);
        await Task.WhenAll(
            Enumerable
                .Range(0, 32)
                .Select(worker =>
                    Task.Run(async () =>
                    {
                        for (var i = 0; i < 20; i++)
                        {
                            var socket = Socket($"user {worker % 4}");
                            await fixture.TakeAsync(socket, 4, 12);
                            await fixture.Leases.RenewAsync(socket);
                            await fixture.Leases.EndAsync(socket);
                        }
                    })
                )
        );

        for (var i = 0; i < 12; i++)
        {
            Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(Socket($"user {i % 4}"), 4, 12));
        }

        Assert.Equal(LeaseVerdict.ReplicaIsFull, await fixture.TakeAsync(Socket("user 0"), 4, 12));
    }

    private Task<LeaseFixture> StartAsync(LeaseKind kind) => LeaseFixture.StartAsync(kind, _time, redis);

    private SocketLease[] Sockets(string subject, int count) => [.. Enumerable.Range(0, count).Select(_ => Socket(subject))];

    private SocketLease Socket(string subject) => new(Guid.NewGuid().ToString("N"), $"{subject} {_run}");
}
