using System.Collections.Concurrent;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Access.RateLimiting;

/// <summary>The contract of every limiter.</summary>
public sealed class RateLimiterContractTests(SharedRedis redis) : IClassFixture<SharedRedis>
{
    private const int Callers = 64;
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _microsecond = TimeSpan.FromMicroseconds(1);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero).AddMicroseconds(901));
    private readonly string _run = Guid.NewGuid().ToString("N");

    [Theory]
    [InMemory]
    [OnRedis]
    public async Task UndoneAndClearedCounts_MakeRoom(LimiterKind kind)
    {
        await using var fixture = await StartAsync(kind);
        var (pair, name) = (Bucket("a", 2, BucketKind.LoginPair), Bucket("a", 3, BucketKind.LoginName));
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(LimitVerdict.Counted, (await fixture.CountAsync(pair, name)).Verdict);
        }

        Assert.Equal(LimitVerdict.Denied, (await fixture.CountAsync(pair, name)).Verdict);
        await fixture.Limiter.ClearAsync(pair.Name);
        await fixture.Limiter.UndoAsync([name.Name]);

        Assert.Equal(1, (await fixture.CountAsync(pair, name)).State.Remaining);
        Assert.Equal(0, (await fixture.CountAsync(pair, name)).State.Remaining);
        Assert.Equal(LimitVerdict.Denied, (await fixture.CountAsync(name)).Verdict);
        await fixture.Limiter.UndoAsync([Bucket("unknown", 1).Name]);
        Assert.Equal(0, (await fixture.CountAsync(Bucket("unknown", 1))).State.Remaining);
    }

    [Theory]
    [InMemory]
    [OnRedis]
    public async Task LimitIsReached_UntilTheOldestExpires(LimiterKind kind)
    {
        await using var fixture = await StartAsync(kind);
        var bucket = Bucket("a", 3);
        for (var remaining = 2; remaining >= 0; remaining--)
        {
            var passed = await fixture.CountAsync(bucket);
            Assert.Equal((LimitVerdict.Counted, 3, remaining), (passed.Verdict, passed.State.Permits, passed.State.Remaining));
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        // Rejected requests use no permit.
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(LimitAnswer.Denied(TimeSpan.FromSeconds(30)), await fixture.CountAsync(bucket));
        }

        _time.Advance(TimeSpan.FromSeconds(30) - _microsecond);
        Assert.Equal(LimitAnswer.Denied(_microsecond), await fixture.CountAsync(bucket));

        // An entry made at t stops counting at exactly t + window.
        _time.Advance(_microsecond);
        var next = await fixture.CountAsync(bucket);
        Assert.Equal(LimitAnswer.Counted(new(3, 0, TimeSpan.FromSeconds(10))), next);
        Assert.Equal(LimitAnswer.Denied(TimeSpan.FromSeconds(10)), await fixture.CountAsync(bucket));
    }

    // The numbers of seed-dify-proxy.md 1.4: window 60, oldest at 63, now 100: 23; 100 and 130: 30; 119.5 and 180: the step says at least
    // 1.
    [Theory]
    [InMemory]
    [OnRedis]
    public async Task Wait_IsUntilTheOldestLeaves(LimiterKind kind)
    {
        await using var fixture = await StartAsync(kind);
        foreach (var (oldest, now, wait) in new[] { (63, 100, 23.0), (100, 130, 30.0), (120, 179.5, 0.5) })
        {
            var bucket = Bucket($"{oldest}", 1);
            await fixture.CountAsync(bucket);
            _time.Advance(TimeSpan.FromSeconds(now - oldest));

            Assert.Equal(TimeSpan.FromSeconds(wait), (await fixture.CountAsync(bucket)).RetryAfter);
        }
    }

    [Theory]
    [InMemory]
    [OnRedis]
    public async Task SeveralBuckets_AreCountedAllOrNone(LimiterKind kind)
    {
        await using var fixture = await StartAsync(kind);
        var (key, other) = (Bucket("a", 2), Bucket("b", 5));
        var (user, tenant) = (Bucket("u", 3, BucketKind.User), Bucket("t", 9, BucketKind.Tenant));

        Assert.Equal(1, (await fixture.CountAsync(key, user, tenant)).State.Remaining);
        Assert.Equal(0, (await fixture.CountAsync(key, user, tenant)).State.Remaining);
        Assert.Equal(LimitVerdict.Denied, (await fixture.CountAsync(key, user, tenant)).Verdict);

        // The rejection used no permit of the user; another key takes the last one, which leaves this key's own four untouched.
        Assert.Equal(new(3, 0, _minute), (await fixture.CountAsync(other, user, tenant)).State);
        Assert.Equal(LimitVerdict.Denied, (await fixture.CountAsync(other, user, tenant)).Verdict);
        Assert.Equal(new(5, 3, _minute), (await fixture.CountAsync(other)).State);
        Assert.Equal(new(9, 5, _minute), (await fixture.CountAsync(tenant)).State);
    }

    [Theory]
    [InMemory]
    [OnRedis]
    public async Task ManyBucketsOfOneOwner_AreCountedAllOrNone(LimiterKind kind)
    {
        await using var fixture = await StartAsync(kind);
        Bucket[] buckets =
        [
            Bucket("a", 9),
            .. Enumerable.Range(1, 6).Select(number => OfModel($"m{number}", number)),
            Bucket("u", 9, BucketKind.User),
        ];

        Assert.Equal(new(1, 0, _minute), (await fixture.CountAsync(buckets)).State);
        Assert.Equal(LimitAnswer.Denied(_minute, full: 1), await fixture.CountAsync(buckets));
        Assert.Equal(1, (await fixture.CountAsync(OfModel("m3", 3))).State.Remaining);
        Assert.Equal(7, (await fixture.CountAsync(buckets[0])).State.Remaining);

        Bucket OfModel(string model, int permits) =>
            Bucket("a", permits) is var one ? one with { Name = one.Name with { Model = model } } : one;
    }

    [Theory]
    [InMemory]
    [OnRedis]
    public async Task SeveralFullBuckets_TheLongestWaitIsReturned(LimiterKind kind)
    {
        await using var fixture = await StartAsync(kind);
        var key = Bucket("a", 1);
        var user = Bucket("u", 1, BucketKind.User) with { Window = TimeSpan.FromHours(1) };

        await fixture.CountAsync(key, user);

        Assert.Equal(TimeSpan.FromHours(1), (await fixture.CountAsync(key, user)).RetryAfter);
    }

    [Theory]
    [InMemory]
    [OnRedis]
    public async Task BucketsWithOtherNames_AreOthers(LimiterKind kind)
    {
        await using var fixture = await StartAsync(kind);
        BucketName[] names =
        [
            new(BucketKind.Key, "", _run),
            new(BucketKind.Subject, "", _run),
            new(BucketKind.User, "", _run),
            new(BucketKind.Tenant, "", _run),
            new(BucketKind.Address, "", _run),
            new(BucketKind.Key, "p", _run),
            new(BucketKind.Key, "p:q", _run),
            new(BucketKind.Key, "p", "q:" + _run),
            new(BucketKind.Key, "", "1:p:" + _run),
        ];
        foreach (var name in names)
        {
            Assert.Equal(LimitVerdict.Counted, (await fixture.CountAsync(new Bucket(name, 1, _minute))).Verdict);
        }
    }

    [Theory]
    [InMemory]
    [OnRedis]
    public async Task LimitThatChanges_HoldsForWhatWasCountedBefore(LimiterKind kind)
    {
        await using var fixture = await StartAsync(kind);
        for (var i = 0; i < 5; i++)
        {
            await fixture.CountAsync(Bucket("a", 5));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        // Two may remain, so four of the five must leave: the fourth was made 2 s ago.
        Assert.Equal(TimeSpan.FromSeconds(58), (await fixture.CountAsync(Bucket("a", 2))).RetryAfter);
        Assert.Equal(0, (await fixture.CountAsync(Bucket("a", 6))).State.Remaining);
    }

    [Theory]
    [InMemory]
    [OnRedis]
    public async Task ManyAtOnce_ExactlySoManyPass(LimiterKind kind)
    {
        await using var fixture = await StartAsync(kind);
        var key = Bucket("a", 100);
        var user = Bucket("u", 150, BucketKind.User);

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, Callers)
                .Select(caller =>
                    Task.Run(async () =>
                    {
                        var passed = 0;
                        for (var i = 0; i < 10; i++)
                        {
                            passed +=
                                (await fixture.CountAsync(caller % 2 == 0 ? key : Bucket("b", 100), user)).Verdict == LimitVerdict.Counted
                                    ? 1
                                    : 0;
                        }

                        return passed;
                    })
                )
        );

        Assert.Equal(150, answers.Sum());
    }

    [Theory]
    [InMemory]
    [OnRedis]
    public async Task ManyAtOnce_NeverMoreThanTheLimitInAnyWindow(LimiterKind kind)
    {
        var clock = TimeProvider.System;
        await using var fixture = await LimiterFixture.StartAsync(kind, clock, redis, usesServersClock: true);

        // Far longer than a call takes on a busy machine, so that each call provably lies within one window.
        var bucket = Bucket("a", 20) with { Window = TimeSpan.FromMilliseconds(500) };
        var passed = new ConcurrentBag<(long Before, long After)>();
        var end = clock.GetTimestamp() + (2 * clock.TimestampFrequency);

        await Task.WhenAll(
            Enumerable
                .Range(0, Callers)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        while (clock.GetTimestamp() is var before && before < end)
                        {
                            if ((await fixture.CountAsync(bucket)).Verdict == LimitVerdict.Counted)
                            {
                                passed.Add((before, clock.GetTimestamp()));
                            }

                            // Local rejections do not wait for Redis: without a pause they would starve the thread pool.
                            await Task.Yield();
                        }
                    })
                )
        );

        Assert.InRange(passed.Count, 20, 100);
        Assert.InRange(WindowCheck.Most(passed, clock.TimestampFrequency / 2), 1, 20);
    }

    /// <summary>Random requests in up to three buckets, compared with a simple model.</summary>
    [Theory]
    [InMemory]
    [OnRedis]
    public async Task AnySequence_IsDecidedAsByTheModel(LimiterKind kind)
    {
        await using var fixture = await StartAsync(kind);
        var random = new Random(20260102);
        var model = new Dictionary<BucketName, List<DateTimeOffset>>();
        for (var i = 0; i < 1500; i++)
        {
            Bucket[] all =
            [
                Bucket($"k{random.Next(3)}", 4) with
                {
                    Window = TimeSpan.FromSeconds(7),
                },
                Bucket($"u{random.Next(2)}", 6, BucketKind.User) with
                {
                    Window = TimeSpan.FromSeconds(11),
                },
                Bucket("t", 8, BucketKind.Tenant) with
                {
                    Window = TimeSpan.FromMilliseconds(1500),
                },
            ];
            var asked = all.Where(_ => random.Next(3) > 0).DefaultIfEmpty(all[0]).ToArray();
            var now = _time.GetUtcNow();
            var waits = asked.Select(bucket => Wait(Entries(bucket), bucket, now)).ToList();

            var answer = await fixture.CountAsync(asked);
            if (waits.Max() > TimeSpan.Zero)
            {
                Assert.Equal(LimitAnswer.Denied(waits.Max(), waits.IndexOf(waits.Max())), answer);
            }
            else
            {
                Array.ForEach(asked, bucket => Entries(bucket).Add(now));
                Assert.Equal(LimitVerdict.Counted, answer.Verdict);
                Assert.Equal(
                    asked.Min(bucket => bucket.Permits - Entries(bucket).Count(entry => entry + bucket.Window > now)),
                    answer.State.Remaining
                );
            }

            _time.Advance(
                TimeSpan.FromMicroseconds(
                    random.Next(4) switch
                    {
                        0 => 0,
                        1 => 1,
                        2 => random.Next(1000),
                        _ => random.Next(1_500_000),
                    }
                )
            );
        }

        List<DateTimeOffset> Entries(Bucket bucket) => model.TryGetValue(bucket.Name, out var entries) ? entries : model[bucket.Name] = [];
    }

    private static TimeSpan Wait(List<DateTimeOffset> entries, Bucket bucket, DateTimeOffset now)
    {
        var counting = entries.Where(entry => entry + bucket.Window > now).ToList();
        return counting.Count < bucket.Permits ? TimeSpan.Zero : counting[counting.Count - bucket.Permits] + bucket.Window - now;
    }

    private Task<LimiterFixture> StartAsync(LimiterKind kind) => LimiterFixture.StartAsync(kind, _time, redis);

    private Bucket Bucket(string owner, int permits, BucketKind kind = BucketKind.Key) =>
        new(new(kind, "", $"{owner}-{_run}"), permits, _minute);
}
