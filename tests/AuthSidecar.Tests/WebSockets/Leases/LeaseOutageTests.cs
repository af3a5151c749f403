using System.Diagnostics;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.TestSupport;
using AuthSidecar.WebSockets.Leases;

namespace AuthSidecar.Tests.WebSockets.Leases;

/// <summary>Redis killed, hanging and back, with a separate connection for each replica.</summary>
public sealed class LeaseOutageTests
{
    private const int Cap = 4;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [RequiresTheory("redis")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RedisOutage_AppliesEachPolicysSetting_StartingFromOpenSockets(bool hangs)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAsync(redis.Address);
        await using var fixture = LeaseFixture.On(connection);
        await TakeAsync(fixture, 2);
        await BreakAsync(redis, hangs);

        Assert.Equal(LeaseVerdict.Unavailable, await TakeOneAsync(fixture, RedisDownAnswer.Deny));
        Assert.Equal(2, fixture.Leases.Count);
        Assert.Equal(LeaseVerdict.Taken, await TakeOneAsync(fixture));
        Assert.Equal(LeaseVerdict.Taken, await TakeOneAsync(fixture));
        Assert.Equal(LeaseVerdict.UserIsFull, await TakeOneAsync(fixture));
        Assert.Equal(LeaseVerdict.Taken, await TakeOneAsync(fixture, RedisDownAnswer.Allow));
        Assert.Equal(5, fixture.Leases.Count);
        Assert.Equal(1, fixture.Counts["authsidecar_socket_leases_fallback_total{answer=deny}"]);
        Assert.Equal(3, fixture.Counts["authsidecar_socket_leases_fallback_total{answer=fallback_local}"]);
        Assert.Equal(1, fixture.Counts["authsidecar_socket_leases_fallback_total{answer=allow}"]);
        redis.Resume();
    }

    [RequiresTheory("redis")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RecoveredRedis_HasTheChangesOfTheOutage_EvenAfterDataLoss(bool comesBackEmpty)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await SharedRedis.OpenAsync(redis.Address);
        await using var two = await SharedRedis.OpenAsync(redis.Address);
        await using var first = LeaseFixture.On(one);
        await using var second = LeaseFixture.On(two);
        var before = await TakeAsync(first, 3);
        Assert.Equal(LeaseVerdict.Taken, await TakeOneAsync(second));
        Assert.Equal(LeaseVerdict.UserIsFull, await TakeOneAsync(second));
        await BreakAsync(redis, hangs: !comesBackEmpty);

        // Of three one stays, and one is added: with the other replica's there are three.
        await first.Leases.EndAsync(before[0]);
        await first.Leases.EndAsync(before[1]);
        await first.Leases.RenewAsync(before[2]);
        await TakeAsync(first, 1);
        Assert.Equal(2, first.Leases.Count);
        if (comesBackEmpty)
        {
            await redis.RestartAsync();
        }
        else
        {
            redis.Resume();
        }

        await UntilSharedAsync(first);
        await UntilSharedAsync(second);

        Assert.Equal(LeaseVerdict.Taken, await TakeOneAsync(second));
        Assert.Equal(LeaseVerdict.UserIsFull, await TakeOneAsync(second));
        Assert.Equal(LeaseVerdict.UserIsFull, await TakeOneAsync(first));
    }

    [RequiresFact("redis")]
    public async Task RedisOutage_EachReplicaAdmitsItsShareOfAUsersCap()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await SharedRedis.OpenAsync(redis.Address);
        await using var two = await SharedRedis.OpenAsync(redis.Address);
        await using var first = LeaseFixture.On(one);
        await using var second = LeaseFixture.On(two);
        await first.Registry!.AnnounceAsync();
        await second.Registry!.AnnounceAsync();
        await first.Registry.AnnounceAsync();
        await TakeAsync(first, 1);
        await redis.KillAsync();

        Assert.Equal(LeaseVerdict.Taken, await TakeOneAsync(first));
        Assert.Equal(LeaseVerdict.UserIsFull, await TakeOneAsync(first));
        Assert.Equal(LeaseVerdict.Taken, await TakeOneAsync(second));
        Assert.Equal(LeaseVerdict.Taken, await TakeOneAsync(second));
        Assert.Equal(LeaseVerdict.UserIsFull, await TakeOneAsync(second));

        // The cap of a replica is its own.
        Assert.Equal(LeaseVerdict.Taken, await second.TakeAsync(Other(), Cap, 3, RedisDownAnswer.FallbackLocal));
        Assert.Equal(LeaseVerdict.ReplicaIsFull, await second.TakeAsync(Other(), Cap, 3, RedisDownAnswer.FallbackLocal));
    }

    [RequiresFact("redis")]
    public async Task RedisThatLostItsData_IsRefilledBeforeAnySocketIsAdmitted()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAsync(redis.Address);
        await using var fixture = LeaseFixture.On(connection);
        await TakeAsync(fixture, Cap);
        await redis.AskAsync("FLUSHALL");

        Assert.Equal(LeaseVerdict.UserIsFull, await TakeOneAsync(fixture, RedisDownAnswer.Deny));
        Assert.Equal(Cap, fixture.Leases.Count);
    }

    [RequiresFact("redis")]
    public async Task LateAnswer_LeavesNoLease()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAsync(redis.Address);
        await using var fixture = LeaseFixture.On(connection);
        await TakeAsync(fixture, Cap - 1);
        redis.Freeze();

        // Sent, timed out, denied; and executed once Redis continues.
        Assert.Equal(LeaseVerdict.Unavailable, await TakeOneAsync(fixture, RedisDownAnswer.Deny));
        redis.Resume();
        await UntilSharedAsync(fixture);

        Assert.Equal(LeaseVerdict.Taken, await TakeOneAsync(fixture, RedisDownAnswer.Deny));
        Assert.Equal(LeaseVerdict.UserIsFull, await TakeOneAsync(fixture, RedisDownAnswer.Deny));
    }

    [RequiresTheory("redis")]
    [InlineData("SET authsidecar:{sockets}:subject:ada x")]
    [InlineData("RPUSH authsidecar:{sockets}:replica:REPLICA x")]
    [InlineData("HSET authsidecar:{sockets}:presence:REPLICA a b")]
    [InlineData("SET authsidecar:{sockets}:presence:REPLICA soon")]
    [InlineData("SET authsidecar:{sockets}:mail:REPLICA x")]
    [InlineData("SADD authsidecar:{sockets}:lease:LEASE x")]
    [InlineData("SET authsidecar:{sockets}:lease:LEASE garbage")]
    public async Task ForeignValue_IsReplaced_AndTheCapHolds(string command)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAsync(redis.Address);
        await using var fixture = LeaseFixture.On(connection);
        var sockets = await TakeAsync(fixture, 2);
        command = command
            .Replace("REPLICA", fixture.Script!.Replica, StringComparison.Ordinal)
            .Replace("LEASE", sockets[0].DecisionId, StringComparison.Ordinal);
        await redis.AskAsync($"DEL {command.Split(' ')[1]}");
        await redis.AskAsync(command);

        foreach (var socket in sockets)
        {
            await fixture.Leases.RenewAsync(socket);
        }

        await fixture.Shared!.CatchUpAsync();
        Assert.Equal(LeaseVerdict.Taken, await TakeOneAsync(fixture, RedisDownAnswer.Deny));
        Assert.Equal(LeaseVerdict.Taken, await TakeOneAsync(fixture, RedisDownAnswer.Deny));
        Assert.Equal(LeaseVerdict.UserIsFull, await TakeOneAsync(fixture, RedisDownAnswer.Deny));
        Assert.Equal(LeaseVerdict.UserIsFull, await TakeOneAsync(fixture, RedisDownAnswer.Allow));
        Assert.True(fixture.Breaker!.IsAvailable);
    }

    [RequiresFact("redis")]
    public async Task OverwrittenSubject_IsSynchronizedBeforeTheNextAdmission()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAsync(redis.Address);
        await using var fixture = LeaseFixture.On(connection);
        await TakeAsync(fixture, Cap);
        await redis.AskAsync("SET authsidecar:{sockets}:subject:ada x");

        Assert.Equal(LeaseVerdict.UserIsFull, await TakeOneAsync(fixture, RedisDownAnswer.Deny));
    }

    [RequiresFact("redis")]
    public async Task RefusedCommand_AffectsThatCommandOnly_AndLiftsNoCap()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAsync(redis.Address);
        await using var fixture = LeaseFixture.On(connection);
        await TakeAsync(fixture, Cap);
        await redis.AskAsync("ACL SETUSER default -evalsha -eval");

        Assert.Equal(LeaseVerdict.Unavailable, await TakeOneAsync(fixture, RedisDownAnswer.Deny));
        Assert.Equal(LeaseVerdict.UserIsFull, await TakeOneAsync(fixture));
        Assert.Equal(LeaseVerdict.UserIsFull, await TakeOneAsync(fixture, RedisDownAnswer.Allow));
        Assert.True(fixture.Breaker!.IsAvailable);
        Assert.Contains(
            "NOPERM",
            Assert
                .Single(fixture.Log.Entries, entry => entry.Message.Contains("rejects WebSocket leases", StringComparison.Ordinal))
                .Message,
            StringComparison.Ordinal
        );

        await redis.AskAsync("ACL SETUSER default +@all");
        Assert.Equal(LeaseVerdict.UserIsFull, await TakeOneAsync(fixture, RedisDownAnswer.Deny));
    }

    [RequiresFact("redis")]
    public async Task ReportsAtOtherReplicas_ReachTheOwnerOfTheLease()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await SharedRedis.OpenAsync(redis.Address);
        await using var two = await SharedRedis.OpenAsync(redis.Address);
        await using var here = LeaseFixture.On(one);
        await using var there = LeaseFixture.On(two);
        var sockets = await TakeAsync(here, 3);

        await there.Leases.EndAsync(sockets[0]);
        await there.Leases.RenewAsync(sockets[1]);
        await here.Shared!.CatchUpAsync();

        Assert.Equal(2, here.Leases.Count);
        Assert.Equal(0, there.Leases.Count);
        Assert.False(there.Counts.ContainsKey("authsidecar_socket_leases_adopted_total{}"));
    }

    [RequiresFact("redis")]
    public async Task ReplicaThatWasRestarted_TakesOverItsOpenSocketsWithTheirRenewals()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await SharedRedis.OpenAsync(redis.Address);
        await using var two = await SharedRedis.OpenAsync(redis.Address);
        await using var before = LeaseFixture.On(one);
        await using var after = LeaseFixture.On(two);
        var sockets = await TakeAsync(before, 3);

        // Killed: no heartbeat arrives, and the registration expires.
        await redis.AskAsync($"DEL authsidecar:{{sockets}}:presence:{before.Script!.Replica}");
        await after.Leases.RenewAsync(sockets[0]);
        await after.Leases.RenewAsync(sockets[1]);

        Assert.Equal(2, after.Leases.Count);
        Assert.Equal(2, after.Counts["authsidecar_socket_leases_adopted_total{}"]);
        Assert.Equal(LeaseVerdict.ReplicaIsFull, await after.TakeAsync(Other(), Cap, 2));

        // The third still counts for the user until it expires.
        Assert.Equal(LeaseVerdict.Taken, await TakeOneAsync(after));
        Assert.Equal(LeaseVerdict.UserIsFull, await TakeOneAsync(after));
    }

    private static async Task<SocketLease[]> TakeAsync(LeaseFixture fixture, int count)
    {
        var sockets = Enumerable.Range(0, count).Select(_ => Socket()).ToArray();
        foreach (var socket in sockets)
        {
            Assert.Equal(LeaseVerdict.Taken, await fixture.TakeAsync(socket, Cap, 0, RedisDownAnswer.FallbackLocal));
        }

        return sockets;
    }

    private static Task<LeaseVerdict> TakeOneAsync(LeaseFixture fixture, RedisDownAnswer whenRedisIsDown = RedisDownAnswer.FallbackLocal) =>
        fixture.TakeAsync(Socket(), Cap, 0, whenRedisIsDown);

    private static async Task BreakAsync(RedisServer redis, bool hangs)
    {
        if (hangs)
        {
            redis.Freeze();
        }
        else
        {
            await redis.KillAsync();
        }
    }

    // Without further calls: the circuit breaker closes when Redis answers, and the next call sends the pending updates.
    private static async Task UntilSharedAsync(LeaseFixture fixture)
    {
        var clock = Stopwatch.StartNew();
        while (!fixture.Breaker!.IsAvailable)
        {
            Assert.True(clock.Elapsed < _patience, "Redis was not asked again.");
            await Task.Delay(20);
        }

        await fixture.Shared!.CatchUpAsync();
    }

    private static SocketLease Socket() => new(Guid.NewGuid().ToString("N"), "ada");

    private static SocketLease Other() => new(Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N"));
}
