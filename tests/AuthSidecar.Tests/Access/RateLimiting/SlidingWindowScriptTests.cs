using AuthSidecar.Access.RateLimiting;
using AuthSidecar.TestSupport;
using StackExchange.Redis;

namespace AuthSidecar.Tests.Access.RateLimiting;

/// <summary>Behavior of the script alone: the clock of Redis, and jumps of it.</summary>
public sealed class SlidingWindowScriptTests(SharedRedis redis) : IClassFixture<SharedRedis>
{
    private const long Second = 1_000_000;
    private const long Start = 1_767_323_045_678_901;
    private static readonly Bucket _bucket = new(new(BucketKind.Key, "policy", "key"), 3, TimeSpan.FromMinutes(1));

    private long _now = Start;

    [RequiresFact("redis")]
    public async Task ClockThatGoesBack_NeitherForgetsNorSticks()
    {
        var windows = await WindowsAsync();
        var bucket = Named("back");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(LimitVerdict.Counted, (await windows.CountAsync(bucket)).Verdict);
            _now += 10 * Second;
        }

        // One hour back: the entries count from now for one window.
        _now -= 3600 * Second;
        Assert.Equal(LimitAnswer.Denied(TimeSpan.FromMinutes(1)), await windows.CountAsync(bucket));
        _now += (60 * Second) - 1;
        Assert.Equal(LimitAnswer.Denied(TimeSpan.FromMicroseconds(1)), await windows.CountAsync(bucket));
        _now += 1;
        Assert.Equal(2, (await windows.CountAsync(bucket)).State.Remaining);
    }

    [RequiresFact("redis")]
    public async Task ClockThatGoesBackALittle_ForgetsNothing()
    {
        var windows = await WindowsAsync();
        var bucket = Named("little");
        await windows.CountAsync(bucket);
        _now += 30 * Second;
        await windows.CountAsync(bucket);
        await windows.CountAsync(bucket);

        // The first entry is in the past and stays; the other two are moved to now.
        _now -= 20 * Second;
        Assert.Equal(LimitAnswer.Denied(TimeSpan.FromSeconds(50)), await windows.CountAsync(bucket));
        _now += 50 * Second;
        Assert.Equal(LimitVerdict.Counted, (await windows.CountAsync(bucket)).Verdict);
        Assert.Equal(LimitAnswer.Denied(TimeSpan.FromSeconds(10)), await windows.CountAsync(bucket));
    }

    [RequiresFact("redis")]
    public async Task ClockThatJumpsForwardAndBack_NeverPassesMoreThanTheLimitAfterwards()
    {
        var windows = await WindowsAsync();
        var bucket = Named("jump");
        _now += 86_400 * Second;
        for (var i = 0; i < 3; i++)
        {
            await windows.CountAsync(bucket);
        }

        _now = Start;
        var passed = new List<(long, long)>();
        for (var i = 0; i < 500; i++)
        {
            if ((await windows.CountAsync(bucket)).Verdict == LimitVerdict.Counted)
            {
                passed.Add((_now, _now));
            }

            _now += Second;
        }

        Assert.Equal(3, WindowCheck.Most(passed, 60 * Second));
        Assert.InRange(passed.Count, 3 * 7, 3 * 8);
        Assert.Equal(Start + (60 * Second), passed[0].Item1);
    }

    [RequiresFact("redis")]
    public async Task ClockThatJumpsAbout_IsNeverStuckForLongerThanAWindow()
    {
        var windows = await WindowsAsync();
        var bucket = Named("about");
        var random = new Random(7);
        for (var i = 0; i < 300; i++)
        {
            _now += random.Next(-200, 200) * Second;
            var answer = await windows.CountAsync(bucket);
            Assert.InRange(answer.RetryAfter, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        }
    }

    [RequiresFact("redis")]
    public async Task Keys_Expire()
    {
        var connection = await redis.ConnectAsync();
        var windows = new RedisWindows(connection);
        Bucket[] bucket = [_bucket with { Name = new(BucketKind.Key, "", "expires"), Window = TimeSpan.FromMilliseconds(1500) }];
        await windows.CountAsync(bucket);
        var key = RedisWindows.KeyOf(bucket[0].Name);

        Assert.InRange(
            (await connection.Database.KeyTimeToLiveAsync(key))!.Value,
            TimeSpan.FromMilliseconds(1),
            TimeSpan.FromMilliseconds(2500)
        );
    }

    [RequiresFact("redis")]
    public async Task ListOfABucket_IsNoLongerThanItsPermits()
    {
        var connection = await redis.ConnectAsync();
        var windows = new RedisWindows(connection, () => _now);
        var bucket = Named("bounded");
        for (var i = 0; i < 200; i++)
        {
            await windows.CountAsync(bucket);
            _now += 7 * Second;
        }

        Assert.InRange(await connection.Database.ListLengthAsync(RedisWindows.KeyOf(bucket[0].Name)), 1, 3);
    }

    [RequiresFact("redis")]
    public async Task ServersClock_IsTheClock()
    {
        var windows = new RedisWindows(await redis.ConnectAsync());
        Bucket[] bucket = [_bucket with { Name = new(BucketKind.Key, "", "real"), Permits = 1, Window = TimeSpan.FromMilliseconds(300) }];
        Assert.Equal(LimitVerdict.Counted, (await windows.CountAsync(bucket)).Verdict);

        var answer = await windows.CountAsync(bucket);
        while (answer.Verdict == LimitVerdict.Denied)
        {
            Assert.InRange(answer.RetryAfter, TimeSpan.FromMicroseconds(1), TimeSpan.FromMilliseconds(300));
            await Task.Delay(answer.RetryAfter);
            answer = await windows.CountAsync(bucket);
        }

        Assert.Equal(LimitVerdict.Counted, answer.Verdict);
    }

    [RequiresFact("redis")]
    public async Task ForgottenScript_IsSentAgain()
    {
        var server = await redis.ServerAsync();
        var windows = await WindowsAsync();
        await windows.CountAsync(Named("forgotten"));
        Assert.Equal("+OK", await server.AskAsync("SCRIPT FLUSH"));

        Assert.Equal(1, (await windows.CountAsync(Named("forgotten"))).State.Remaining);
    }

    [RequiresFact("redis")]
    public async Task OneRequest_IsOneCall()
    {
        await using var server = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAnsweredAsync(server.Address);
        var windows = new RedisWindows(connection);
        Bucket[] buckets =
        [
            .. Named("once"),
            new(new(BucketKind.User, "", "u"), 100, TimeSpan.FromMinutes(1)),
            new(new(BucketKind.Tenant, "", "t"), 100, TimeSpan.FromMinutes(1)),
        ];
        await windows.CountAsync(buckets);
        await server.AskAsync("CONFIG RESETSTAT");

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => windows.CountAsync(buckets)));

        var statistics = (string?)await connection.Database.ScriptEvaluateAsync("return redis.call('INFO', 'commandstats')");
        Assert.Contains("cmdstat_evalsha:calls=50,", statistics, StringComparison.Ordinal);
    }

    [RequiresTheory("redis")]
    [InlineData("SET KEY text")]
    [InlineData("HSET KEY a b")]
    [InlineData("SADD KEY 1")]
    [InlineData("ZADD KEY 1 1")]
    [InlineData("RPUSH KEY text")]
    [InlineData("RPUSH KEY nan")]
    [InlineData("RPUSH KEY -1")]
    [InlineData("RPUSH KEY -inf")]
    [InlineData("RPUSH KEY text 9e300")]
    [InlineData("RPUSH KEY text 1767323045678000")]
    [InlineData("RPUSH KEY 1767323045678000 text 1767323045678000 1767323045678000")]
    [InlineData("RPUSH KEY 1767323045678000 9767323045678000 9767323045678000 1767323045678000")]
    public async Task WhatIsNoListOfTimes_IsReplaced(string command)
    {
        var server = await redis.ServerAsync();
        var bucket = Named($"broken {command}".Replace(' ', '-'));
        var windows = await WindowsAsync();
        await server.AskAsync(command.Replace("KEY", RedisWindows.KeyOf(bucket[0].Name), StringComparison.Ordinal));

        Assert.Equal(
            (LimitVerdict.Counted, 2),
            await windows.CountAsync(bucket) is var first ? (first.Verdict, first.State.Remaining) : default
        );
        Assert.Equal(
            (LimitVerdict.Counted, 1),
            await windows.CountAsync(bucket) is var second ? (second.Verdict, second.State.Remaining) : default
        );
    }

    [RequiresFact("redis")]
    public async Task OtherBucketsOfTheRequest_AreCountedOnAsBefore()
    {
        var server = await redis.ServerAsync();
        var (broken, sound) = (Named("one-of-two")[0], new Bucket(new(BucketKind.User, "", "one-of-two"), 3, TimeSpan.FromMinutes(1)));
        var windows = await WindowsAsync();
        await windows.CountAsync([sound]);
        await windows.CountAsync([sound]);
        await server.AskAsync($"SET {RedisWindows.KeyOf(broken.Name)} text");

        Assert.Equal(0, (await windows.CountAsync([broken, sound])).State.Remaining);
        Assert.Equal(LimitVerdict.Denied, (await windows.CountAsync([broken, sound])).Verdict);
    }

    [RequiresFact("redis")]
    public async Task FaultThatIsNotOfTheKey_IsAnsweredAndKeepsTheWindow()
    {
        await using var server = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAnsweredAsync(server.Address);
        var windows = new RedisWindows(connection, () => _now);
        await windows.CountAsync(Named("kept"));
        await server.AskAsync("ACL SETUSER default -llen");

        await Assert.ThrowsAsync<RedisServerException>(() => windows.CountAsync(Named("kept")));

        await server.AskAsync("ACL SETUSER default +@all");
        Assert.Equal(1, (await windows.CountAsync(Named("kept"))).State.Remaining);
    }

    [RequiresFact("redis")]
    public async Task RepeatOfARequest_IsCountedOnceAndNeedsNoRoom()
    {
        var windows = new RedisWindows(await redis.ConnectAsync(), () => _now);
        Bucket[] one = [Named("repeated")[0] with { Permits = 1 }];
        var (first, other) = ($"{Guid.NewGuid():N}", $"{Guid.NewGuid():N}");

        var counted = await windows.CountAsync(one, first);
        var repeated = await windows.CountAsync(one, first);

        Assert.Equal(LimitVerdict.Counted, counted.Verdict);
        Assert.Equal(counted, repeated);
        Assert.Equal(LimitVerdict.Denied, (await windows.CountAsync(one, other)).Verdict);
        Assert.Equal(LimitVerdict.Denied, (await windows.CountAsync(one)).Verdict);

        // A rejected request was not counted, so its repeat is judged anew.
        _now += 61 * Second;
        Assert.Equal(LimitVerdict.Counted, (await windows.CountAsync(one, other)).Verdict);
        Assert.Equal(LimitVerdict.Counted, (await windows.CountAsync(one, other)).Verdict);
    }

    [RequiresFact("redis")]
    public async Task CountedRequest_IsRememberedForTwoSeconds()
    {
        var connection = await redis.ConnectAsync();
        var windows = new RedisWindows(connection);
        var id = $"{Guid.NewGuid():N}";
        await windows.CountAsync(Named("remembered"), id);

        Assert.InRange(
            (await connection.Database.KeyTimeToLiveAsync($"authsidecar:{{limits}}:request:{id}"))!.Value,
            TimeSpan.FromTicks(1),
            TimeSpan.FromSeconds(2)
        );
    }

    [Fact]
    public void KeysInRedis_AreStable() =>
        Assert.Equal("authsidecar:{limits}:key:6:policy:id", RedisWindows.KeyOf(new(BucketKind.Key, "policy", "id")));

    private static Bucket[] Named(string owner) => [_bucket with { Name = _bucket.Name with { Owner = owner } }];

    private async Task<RedisWindows> WindowsAsync() => new(await redis.ConnectAsync(), () => _now);
}
