using System.Diagnostics;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Access.RateLimiting;

/// <summary>
/// Redis killed, hanging and recovered, for each of the three settings, with a separate connection per replica.
/// </summary>
public sealed class RedisOutageTests
{
    private const int Permits = 10;
    private const int MostLate = 3;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly Bucket[] _bucket = [new(new(BucketKind.Key, "", "k"), Permits, TimeSpan.FromMinutes(10))];

    [RequiresTheory("redis")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RedisOutage_AppliesEachPolicysSetting(bool hangs)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAsync(redis.Address);
        await using var fixture = LimiterFixture.On(connection);
        await UntilSharedAsync(fixture);
        await BreakAsync(redis, hangs);

        Assert.Equal(LimitVerdict.Unavailable, (await fixture.Limiter.CountAsync(_bucket, RedisDownAnswer.Deny)).Verdict);
        Assert.Equal(LimitVerdict.Uncounted, (await fixture.Limiter.CountAsync(_bucket, RedisDownAnswer.Allow)).Verdict);
        for (var i = 0; i < Permits; i++)
        {
            Assert.Equal(LimitVerdict.Counted, (await fixture.Limiter.CountAsync(_bucket, RedisDownAnswer.FallbackLocal)).Verdict);
        }

        var refused = await fixture.Limiter.CountAsync(_bucket, RedisDownAnswer.FallbackLocal);
        Assert.Equal(LimitVerdict.Denied, refused.Verdict);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
        Assert.Equal(LimitVerdict.Uncounted, (await fixture.Limiter.CountAsync(_bucket, RedisDownAnswer.Allow)).Verdict);
        redis.Resume();
    }

    [RequiresFact("redis")]
    public async Task HangingRedis_DelaysAFewRequestsOnly()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAsync(redis.Address);
        await using var fixture = LimiterFixture.On(connection);
        await UntilSharedAsync(fixture);
        redis.Freeze();

        for (var late = 0; late < MostLate; late++)
        {
            Assert.True(fixture.Breaker!.IsAvailable);
            var call = fixture.Limiter.CountAsync(_bucket, RedisDownAnswer.Allow).AsTask();
            Assert.False(call.IsCompleted);
            Assert.Equal(LimitVerdict.Uncounted, (await call).Verdict);
        }

        Assert.False(fixture.Breaker!.IsAvailable);
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(fixture.Limiter.CountAsync(_bucket, RedisDownAnswer.Allow).AsTask().IsCompletedSuccessfully);
        }

        redis.Resume();
        await UntilSharedAsync(fixture);
        Assert.Equal(
            1,
            fixture.Log.Entries.Count(entry =>
                entry.Message.Contains("Redis unavailable (no answer in time); applying WhenRedisIsDown.", StringComparison.Ordinal)
            )
        );
        Assert.Equal(1, fixture.Log.Entries.Count(entry => entry.Message.Contains("Redis available again", StringComparison.Ordinal)));
    }

    [RequiresFact("redis")]
    public async Task LateAnswer_ConcernsOneRequest_WhatRedisCountsLateHolds_AndItIsUsedAgainOnceItIsInTime()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAsync(redis.Address);
        await using var fixture = LimiterFixture.On(connection);
        await UntilSharedAsync(fixture);
        redis.Freeze();

        for (var late = 0; late < MostLate; late++)
        {
            Assert.True(fixture.Breaker!.IsAvailable);
            Assert.Equal(LimitVerdict.Unavailable, (await fixture.Limiter.CountAsync(_bucket, RedisDownAnswer.Deny)).Verdict);
        }

        Assert.False(fixture.Breaker!.IsAvailable);
        redis.Resume();
        await UntilSharedAsync(fixture);
        Assert.Equal($":{MostLate}", await redis.AskAsync($"LLEN {RedisWindows.KeyOf(_bucket[0].Name)}"));
    }

    [RequiresTheory("redis")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fallback_StartsWithWhatThisReplicaLetPass_AndWithTheLastDenialOfRedis(bool comesBackEmpty)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await SharedRedis.OpenAsync(redis.Address);
        await using var two = await SharedRedis.OpenAsync(redis.Address);
        await using var three = await SharedRedis.OpenAsync(redis.Address);
        await using var first = LimiterFixture.On(one);
        await using var second = LimiterFixture.On(two);
        await using var third = LimiterFixture.On(three);
        LimiterFixture[] replicas = [first, second, third];
        await UntilKnownAsync(replicas);
        var passed = new int[3];
        for (var i = 0; i < 4; i++)
        {
            passed[0] += await PassAsync(first);
        }

        // Shared again: six permits remain for the other two.
        while (await PassAsync(second) == 1)
        {
            passed[1]++;
        }

        Assert.Equal([4, 6, 0], passed);
        Assert.Equal(0, await PassAsync(third));
        await BreakAsync(redis, hangs: !comesBackEmpty);
        await ExhaustAsync();

        // The first two have passed their share of four; Redis has denied the third.
        Assert.Equal([4, 6, 0], passed);

        // Redis is back and perhaps empty; no replica allows more in the same window.
        if (comesBackEmpty)
        {
            await redis.RestartAsync();
        }
        else
        {
            redis.Resume();
        }

        foreach (var replica in replicas)
        {
            await UntilSharedAsync(replica);
        }

        await ExhaustAsync();
        Assert.Equal([4, 6, 0], passed);

        async Task ExhaustAsync()
        {
            for (var i = 0; i < 3; i++)
            {
                for (var attempt = 0; attempt < 3 * Permits; attempt++)
                {
                    passed[i] += await PassAsync(replicas[i]);
                }
            }
        }
    }

    [RequiresTheory("redis")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Outage_CostsAtMostTheShares(bool comesBackEmpty)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await SharedRedis.OpenAsync(redis.Address);
        await using var two = await SharedRedis.OpenAsync(redis.Address);
        await using var three = await SharedRedis.OpenAsync(redis.Address);
        await using var first = LimiterFixture.On(one);
        await using var second = LimiterFixture.On(two);
        await using var third = LimiterFixture.On(three);
        LimiterFixture[] replicas = [first, second, third];
        await UntilKnownAsync(replicas);
        Assert.Equal(1, await PassAsync(first));
        await BreakAsync(redis, hangs: !comesBackEmpty);

        // A share is four; the first has one of it.
        var during = await ExhaustAsync();
        Assert.Equal([3, 4, 4], during);
        if (comesBackEmpty)
        {
            await redis.RestartAsync();
        }
        else
        {
            redis.Resume();
        }

        foreach (var replica in replicas)
        {
            await UntilSharedAsync(replica);
        }

        // An empty Redis would allow ten more; the other has the first one, and may allow nine.
        var after = (await ExhaustAsync()).Sum();
        Assert.InRange(after, 0, comesBackEmpty ? 0 : Permits - 1);

        async Task<int[]> ExhaustAsync()
        {
            var passed = new int[3];
            for (var i = 0; i < 3; i++)
            {
                for (var attempt = 0; attempt < 3 * Permits; attempt++)
                {
                    passed[i] += await PassAsync(replicas[i]);
                }
            }

            return passed;
        }
    }

    [RequiresFact("redis")]
    public async Task DeniedByRedis_IsUndoneLocally()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await SharedRedis.OpenAsync(redis.Address);
        await using var two = await SharedRedis.OpenAsync(redis.Address);
        await using var first = LimiterFixture.On(one);
        await using var second = LimiterFixture.On(two);
        await UntilSharedAsync(first);
        await UntilSharedAsync(second);
        for (var i = 0; i < Permits; i++)
        {
            Assert.Equal(1, await PassAsync(first));
        }

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(0, await PassAsync(second));
        }

        Assert.Equal(Permits - 1, second.Memory.Count(_bucket, out _).State.Remaining);
    }

    [RequiresTheory("redis")]
    [InlineData("ACL SETUSER default -eval -evalsha", "NOPERM")]
    [InlineData("ACL SETUSER default resetkeys", "NOPERM")]
    [InlineData("ACL SETUSER default -rpush", "NOPERM")]
    [InlineData("CONFIG SET maxmemory 1", "OOM")]
    [InlineData("CONFIG SET min-replicas-to-write 3", "MISCONF")]
    public async Task AnswerThatIsAnError_IsThatRequestsAlone_AndNoLimitIsLifted(string command, string problem)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAsync(redis.Address);
        await using var fixture = LimiterFixture.On(connection);
        await UntilSharedAsync(fixture);
        Assert.Equal("+OK", await redis.AskAsync(command));

        Assert.Equal(LimitVerdict.Unavailable, (await fixture.Limiter.CountAsync(_bucket, RedisDownAnswer.Deny)).Verdict);
        Assert.True(fixture.Breaker!.IsAvailable);
        Assert.Equal(problem, connection.Health.Problem);
        for (var i = 0; i < Permits; i++)
        {
            Assert.Equal(
                LimitVerdict.Counted,
                (await fixture.Limiter.CountAsync(_bucket, i % 2 == 0 ? RedisDownAnswer.Allow : RedisDownAnswer.FallbackLocal)).Verdict
            );
        }

        Assert.Equal(LimitVerdict.Denied, (await fixture.Limiter.CountAsync(_bucket, RedisDownAnswer.Allow)).Verdict);
        Assert.Equal(LimitVerdict.Denied, (await fixture.Limiter.CountAsync(_bucket, RedisDownAnswer.FallbackLocal)).Verdict);

        // A breaker that a timeout tripped closes after any reply, including this error.
        fixture.Breaker.Trip(new TimeoutException());
        var clock = Stopwatch.StartNew();
        while (!fixture.Breaker.IsAvailable)
        {
            Assert.True(clock.Elapsed < _patience, "The circuit stays open.");
            await Task.Delay(20);
        }
    }

    [RequiresTheory("redis")]
    [InlineData("SET KEY text")]
    [InlineData("RPUSH KEY text")]
    [InlineData("ZADD KEY 1 -1")]
    public async Task ForeignValue_AffectsItsKeyAlone_AndIsReplaced(string command)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAnsweredAsync(redis.Address);
        await using var fixture = LimiterFixture.OnAnswering(connection);
        await UntilSharedAsync(fixture);
        await redis.AskAsync(command.Replace("KEY", RedisWindows.KeyOf(_bucket[0].Name), StringComparison.Ordinal));

        for (var i = 0; i < Permits; i++)
        {
            Assert.Equal(LimitVerdict.Counted, (await fixture.Limiter.CountAsync(_bucket, RedisDownAnswer.Deny)).Verdict);
        }

        // Overwritten again: this replica's local count still holds.
        await redis.AskAsync($"DEL {RedisWindows.KeyOf(_bucket[0].Name)}");
        await redis.AskAsync(command.Replace("KEY", RedisWindows.KeyOf(_bucket[0].Name), StringComparison.Ordinal));
        Assert.Equal(LimitVerdict.Denied, (await fixture.Limiter.CountAsync(_bucket, RedisDownAnswer.Allow)).Verdict);
        Assert.True(fixture.Breaker!.IsAvailable);
    }

    [RequiresFact("redis")]
    public async Task RedisThatWasNeverThere_IsUsedOnceItComes()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        await using var connection = new RedisConnection(RedisAddress.Parse(new(redis.Address))!, new RecordingLogger<RedisConnection>());
        await connection.StartAsync(CancellationToken.None);
        await using var fixture = LimiterFixture.On(connection);
        Assert.Equal(LimitVerdict.Unavailable, (await fixture.Limiter.CountAsync(_bucket, RedisDownAnswer.Deny)).Verdict);

        await redis.RestartAsync();

        await UntilSharedAsync(fixture);
    }

    private static async Task<int> PassAsync(LimiterFixture replica)
    {
        var answer = await replica.Limiter.CountAsync(_bucket, RedisDownAnswer.FallbackLocal);
        Assert.Contains(answer.Verdict, new[] { LimitVerdict.Counted, LimitVerdict.Denied });
        return answer.Verdict == LimitVerdict.Counted ? 1 : 0;
    }

    private static Task BreakAsync(RedisServer redis, bool hangs)
    {
        if (hangs)
        {
            redis.Freeze();
            return Task.CompletedTask;
        }

        return redis.KillAsync();
    }

    private static async Task UntilKnownAsync(LimiterFixture[] replicas)
    {
        foreach (var replica in replicas)
        {
            await UntilSharedAsync(replica);
        }

        var clock = Stopwatch.StartNew();
        while (replicas.Any(replica => replica.Registry!.Count != replicas.Length))
        {
            Assert.True(clock.Elapsed < _patience, "The replicas do not learn of each other.");
            foreach (var replica in replicas)
            {
                await replica.Registry!.AnnounceAsync();
            }
        }
    }

    // Uses a bucket that no test counts in.
    private static async Task UntilSharedAsync(LimiterFixture fixture)
    {
        var clock = Stopwatch.StartNew();
        Bucket[] other = [new(new(BucketKind.Key, "", "until-shared"), int.MaxValue, TimeSpan.FromMilliseconds(1))];
        while ((await fixture.Limiter.CountAsync(other, RedisDownAnswer.Deny)).Verdict != LimitVerdict.Counted)
        {
            Assert.True(clock.Elapsed < _patience, "Redis is not asked again.");
            await Task.Delay(20);
        }
    }
}
