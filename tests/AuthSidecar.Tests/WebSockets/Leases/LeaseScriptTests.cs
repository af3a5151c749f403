using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.TestSupport;
using AuthSidecar.WebSockets.Leases;
using StackExchange.Redis;

namespace AuthSidecar.Tests.WebSockets.Leases;

/// <summary>Behaviour of the script alone: several replicas, and lifetimes by the clock of Redis, also when that is set back.</summary>
public sealed class LeaseScriptTests(SharedRedis redis) : IClassFixture<SharedRedis>
{
    private const long Second = 1_000_000;
    private const long Life = 90 * Second;
    private static readonly SocketCaps _one = new(1, 0);

    private readonly string _subject = $"ada {Guid.NewGuid():N}";
    private long _now = 1_767_323_045_678_901;

    [RequiresFact("redis")]
    public async Task Replica_IsUnknownUntilItHasRegisteredItsLeases()
    {
        var script = new LeaseScript(await redis.ConnectAsync(), () => _now);

        Assert.Null(await script.TakeAsync(Socket(), _one));
        Assert.Null(await script.AppearAsync(isResent: false));
        Assert.Equal([], await script.AppearAsync(isResent: true));
        Assert.Equal(LeaseVerdict.Taken, await script.TakeAsync(Socket(), _one));

        // Required again after a pause without heartbeats.
        _now += 30 * Second;
        Assert.Null(await script.TakeAsync(Socket(), _one));
    }

    [RequiresFact("redis")]
    public async Task User_IsCountedOverAllReplicas_AndAReplicaForItself()
    {
        var (here, there) = (await ReplicaAsync(), await ReplicaAsync());

        Assert.Equal(LeaseVerdict.Taken, await here.TakeAsync(Socket(), new(3, 2)));
        Assert.Equal(LeaseVerdict.Taken, await here.TakeAsync(Socket(), new(3, 2)));
        Assert.Equal(LeaseVerdict.ReplicaIsFull, await here.TakeAsync(Socket(), new(3, 2)));
        Assert.Equal(LeaseVerdict.Taken, await there.TakeAsync(Socket(), new(3, 2)));
        Assert.Equal(LeaseVerdict.UserIsFull, await there.TakeAsync(Socket(), new(3, 2)));
    }

    [RequiresFact("redis")]
    public async Task EndAtAnotherReplica_ReleasesTheLeaseOfItsOwner()
    {
        var (here, there) = (await ReplicaAsync(), await ReplicaAsync());
        var socket = Socket();
        await here.TakeAsync(socket, new(1, 1));
        Assert.Equal(LeaseVerdict.ReplicaIsFull, await here.TakeAsync(Other(), new(1, 1)));

        await there.EndAsync(socket);

        Assert.Equal(LeaseVerdict.Taken, await here.TakeAsync(Socket(), new(1, 1)));
        Assert.Equal(LeaseVerdict.Taken, await there.TakeAsync(Other(), new(1, 1)));
    }

    [RequiresFact("redis")]
    public async Task RenewalThatReachesAnotherReplica_LeavesTheSocketWhereItIs_AndUpdatesTheOwner()
    {
        var (here, there) = (await ReplicaAsync(), await ReplicaAsync());
        var (kept, ended) = (Socket(), Other());
        await here.TakeAsync(kept, new(1, 2));
        await here.TakeAsync(ended, new(1, 2));
        _now += 20 * Second;

        Assert.Equal(RenewAnswer.Other, await there.RenewAsync(kept, ISocketLeases.Life));
        await there.EndAsync(ended);
        _now += 5 * Second;

        Assert.Equal(
            [(kept.DecisionId, TimeSpan.FromSeconds(85)), (ended.DecisionId, TimeSpan.FromMicroseconds(-1))],
            await here.AppearAsync(isResent: false)
        );
        Assert.Equal([], await here.AppearAsync(isResent: false));
        Assert.Equal(LeaseVerdict.ReplicaIsFull, await here.TakeAsync(Other(), new(1, 1)));
        Assert.Equal(LeaseVerdict.Taken, await there.TakeAsync(Other(), new(1, 1)));
    }

    [RequiresFact("redis")]
    public async Task RepeatAtAnotherReplica_MovesTheLease_WhichTheFirstCannotRelease()
    {
        var (first, second) = (await ReplicaAsync(), await ReplicaAsync());
        var socket = Socket();
        Assert.Equal(LeaseVerdict.Taken, await first.TakeAsync(socket, new(1, 1)));

        Assert.Equal(LeaseVerdict.Taken, await second.TakeAsync(socket, new(1, 1)));
        await first.ReleaseAsync(socket);

        Assert.Equal([(socket.DecisionId, TimeSpan.Zero)], await first.AppearAsync(isResent: false));
        Assert.Equal(LeaseVerdict.UserIsFull, await first.TakeAsync(Socket(), _one));
        Assert.Equal(LeaseVerdict.ReplicaIsFull, await second.TakeAsync(Other(), new(0, 1)));
        await second.ReleaseAsync(socket);
        Assert.Equal(LeaseVerdict.Taken, await first.TakeAsync(Socket(), _one));
    }

    [RequiresTheory("redis")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SocketsOfADeadReplica_BelongToTheReplicaThatRenewsThem(bool saysSo)
    {
        var (gone, here) = (await ReplicaAsync(), await ReplicaAsync());
        var socket = Socket();
        await gone.TakeAsync(socket, _one);
        Assert.Equal(RenewAnswer.Other, await here.RenewAsync(socket, ISocketLeases.Life));
        if (saysSo)
        {
            await gone.LeaveAsync();
        }
        else
        {
            _now += 30 * Second;
            await here.AppearAsync(isResent: true);
        }

        Assert.Equal(RenewAnswer.Adopted, await here.RenewAsync(socket, ISocketLeases.Life));
        Assert.Equal(RenewAnswer.Mine, await here.RenewAsync(socket, ISocketLeases.Life));

        Assert.Equal(LeaseVerdict.ReplicaIsFull, await here.TakeAsync(Other(), new(1, 1)));
        Assert.Equal(LeaseVerdict.UserIsFull, await here.TakeAsync(Socket(), new(1, 5)));

        // The replica was only paused: it learns that the socket was adopted, and no longer counts it.
        await gone.AppearAsync(isResent: true);
        Assert.Equal(RenewAnswer.Other, await gone.RenewAsync(socket, ISocketLeases.Life));
        Assert.Equal(LeaseVerdict.Taken, await gone.TakeAsync(Other(), new(1, 1)));
    }

    [RequiresFact("redis")]
    public async Task LateRenewals_NeverShortenALease()
    {
        var script = await ReplicaAsync();
        var socket = Socket();
        await script.TakeAsync(socket, _one);

        await script.RenewAsync(socket, TimeSpan.FromSeconds(1));

        _now += Life - 1;
        await script.AppearAsync(isResent: true);
        Assert.Equal(LeaseVerdict.UserIsFull, await script.TakeAsync(Socket(), _one));
    }

    [RequiresTheory("redis")]
    [InlineData(3600)]
    [InlineData(10)]
    public async Task ClockThatGoesBack_NeitherForgetsNorSticks(int seconds)
    {
        var script = await ReplicaAsync();
        await script.TakeAsync(Socket(), new(1, 1));

        _now -= seconds * Second;
        await script.AppearAsync(isResent: true);
        Assert.Equal(LeaseVerdict.UserIsFull, await script.TakeAsync(Socket(), new(1, 1)));
        Assert.Equal(LeaseVerdict.ReplicaIsFull, await script.TakeAsync(Other(), new(1, 1)));

        // One lifetime from the time of the call.
        _now += Life - 1;
        await script.AppearAsync(isResent: true);
        Assert.Equal(LeaseVerdict.UserIsFull, await script.TakeAsync(Socket(), new(1, 1)));
        _now += 1;
        Assert.Equal(LeaseVerdict.Taken, await script.TakeAsync(Socket(), new(1, 1)));
    }

    [RequiresFact("redis")]
    public async Task ClockThatJumpsForward_ForgetsUntilTheNextRenewal()
    {
        var script = await ReplicaAsync();
        var socket = Socket();
        await script.TakeAsync(socket, _one);
        _now += 86_400 * Second;
        await script.AppearAsync(isResent: true);

        await script.RenewAsync(socket, ISocketLeases.Life);

        Assert.Equal(LeaseVerdict.UserIsFull, await script.TakeAsync(Socket(), _one));
    }

    [RequiresFact("redis")]
    public async Task WithoutATestsClock_TheServersCounts()
    {
        var connection = await redis.ConnectAsync();
        var script = new LeaseScript(connection);
        await script.AppearAsync(isResent: true);
        await script.TakeAsync(Socket(), _one);

        var till = await connection.Database.SortedSetRangeByRankWithScoresAsync($"authsidecar:{{sockets}}:subject:{_subject}");

        var time = (string[])(await connection.Database.ExecuteAsync("TIME"))!;
        var now = (long.Parse(time[0]) * Second) + long.Parse(time[1]);
        Assert.InRange((long)till.Single().Score, now + Life - (60 * Second), now + Life);
    }

    [RequiresFact("redis")]
    public async Task Keys_AllEndByThemselves()
    {
        var connection = await redis.ConnectAsync();
        var script = new LeaseScript(connection);
        var other = new LeaseScript(connection);
        await script.AppearAsync(isResent: true);
        var (open, ended) = (Socket(), Socket());
        await script.TakeAsync(open, new(2, 2));
        await script.TakeAsync(ended, new(2, 2));
        await other.RenewAsync(open, ISocketLeases.Life);
        await other.EndAsync(ended);

        var server = await redis.ServerAsync();
        foreach (
            var key in new[]
            {
                $"lease:{open.DecisionId}",
                $"lease:{ended.DecisionId}",
                $"replica:{script.Replica}",
                $"presence:{script.Replica}",
                $"mail:{script.Replica}",
            }
        )
        {
            var left = await server.AskAsync($"PTTL authsidecar:{{sockets}}:{key}");
            Assert.InRange(int.Parse(left[1..]), 1, 91_000);
        }
    }

    [RequiresTheory("redis")]
    [InlineData("SET", "x")]
    [InlineData("SET", "")]
    public async Task ForeignRedisValue_MakesTheReplicaRegisterAgain(string command, string value)
    {
        var connection = await redis.ConnectAsync();
        var script = await ReplicaAsync();
        await connection.Database.ExecuteAsync(command, $"authsidecar:{{sockets}}:subject:{_subject}", value);

        Assert.Null(await script.TakeAsync(Socket(), _one));
        Assert.Equal(LeaseVerdict.Taken, await script.TakeAsync(Socket(), _one));
    }

    [RequiresFact("redis")]
    public async Task RecordThatIsNoLease_IsNone()
    {
        var connection = await redis.ConnectAsync();
        var script = await ReplicaAsync();
        var socket = Socket();
        await connection.Database.StringSetAsync($"authsidecar:{{sockets}}:lease:{socket.DecisionId}", "nonsense");

        Assert.Equal(RenewAnswer.Adopted, await script.RenewAsync(socket, ISocketLeases.Life));
        Assert.Equal(RenewAnswer.Mine, await script.RenewAsync(socket, ISocketLeases.Life));
    }

    private async Task<LeaseScript> ReplicaAsync()
    {
        var script = new LeaseScript(await redis.ConnectAsync(), () => _now);
        await script.AppearAsync(isResent: true);
        return script;
    }

    private SocketLease Socket() => new(Guid.NewGuid().ToString("N"), _subject);

    private static SocketLease Other() => new(Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N"));
}
