using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.TokenLimits;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Usage.TokenLimits;

/// <summary>The windows of tokens in this process.</summary>
public sealed class MemoryTokenWindowsTests() : TokenWindowsContractTests(null)
{
    [Fact]
    public async Task WhatHasLeftOrWasReleased_IsForgotten()
    {
        await using var fixture = await StartAsync();
        await fixture.ReserveAsync("a", 1, TokenFixture.Bucket("k", 100));
        await fixture.ReserveAsync("b", 1, TokenFixture.Bucket("k", 100));
        await fixture.ReleaseAsync("a");
        Assert.Equal(1, fixture.Own.Count);

        Time.Advance(TimeSpan.FromSeconds(70));

        Assert.Equal(0, fixture.Own.Count);
    }
}

/// <summary>The windows of tokens in Redis.</summary>
public sealed class RedisTokenWindowsTests(SharedRedis redis) : TokenWindowsContractTests(redis), IClassFixture<SharedRedis>;

public abstract class TokenWindowsContractTests(SharedRedis? redis)
{
    private readonly string _owner = Guid.NewGuid().ToString("N");

    protected FakeTimeProvider Time { get; } = new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    [RequiresFact("redis")]
    public async Task NeverMoreThanTheLimit_InAnyWindow()
    {
        await using var fixture = await StartAsync();
        var random = new Random(19);
        var bucket = TokenFixture.Bucket(_owner, 100, 10);
        var counted = new List<(DateTimeOffset At, long Tokens)>();
        for (var i = 0; i < 300; i++)
        {
            Time.Advance(TimeSpan.FromMilliseconds(random.Next(0, 900)));
            var (now, id, asked) = (Time.GetUtcNow(), $"{_owner}{i}", random.Next(1, 40));
            var used = counted.Where(each => each.At + bucket.Window > now).Sum(each => each.Tokens);
            var answer = await fixture.ReserveAsync(id, asked, bucket);

            Assert.Equal(used + asked <= 100 ? TokenVerdict.Reserved : TokenVerdict.Full, answer.Verdict);
            if (answer.Verdict != TokenVerdict.Reserved)
            {
                var wait = counted
                    .Select(each => each.At + bucket.Window)
                    .Where(left => left > now)
                    .Order()
                    .First(left => Left(left) + asked <= 100);
                Assert.Equal(wait - now, answer.RetryAfter);
                continue;

                long Left(DateTimeOffset at) => counted.Where(each => each.At + bucket.Window > at).Sum(each => each.Tokens);
            }

            // The provider's count may be lower, higher or nothing at all.
            var count = random.Next(3) switch
            {
                0 => asked,
                1 => random.Next(0, asked),
                _ => random.Next(0, 2 * asked),
            };
            Assert.Equal(100 - used - asked, answer.Remaining);
            await fixture.SettleAsync(id, count);
            counted.Add((now, count));
        }
    }

    [RequiresFact("redis")]
    public async Task AFullBucket_ReservesInNone()
    {
        await using var fixture = await StartAsync();
        var (key, user) = (TokenFixture.Bucket(_owner, 100), TokenFixture.Bucket(_owner, 50, 60, BucketKind.User));
        await fixture.ReserveAsync($"{_owner}a", 40, user);

        var refused = await fixture.ReserveAsync($"{_owner}b", 20, key, user);

        Assert.Equal((TokenVerdict.Full, 1), (refused.Verdict, refused.Bucket));
        Assert.Equal((TokenVerdict.Reserved, 0), Short(await fixture.ReserveAsync($"{_owner}c", 100, key)));
    }

    [RequiresFact("redis")]
    public async Task MoreThanTheWholeLimit_NeverPasses()
    {
        await using var fixture = await StartAsync();

        Assert.Equal(TokenVerdict.TooLarge, (await fixture.ReserveAsync($"{_owner}a", 101, TokenFixture.Bucket(_owner, 100))).Verdict);
        Assert.Equal(TokenVerdict.Reserved, (await fixture.ReserveAsync($"{_owner}b", 100, TokenFixture.Bucket(_owner, 100))).Verdict);
    }

    [RequiresFact("redis")]
    public async Task ARepeat_IsCountedOnce()
    {
        await using var fixture = await StartAsync();
        var bucket = TokenFixture.Bucket(_owner, 100);

        Assert.Equal(TokenVerdict.Reserved, (await fixture.ReserveAsync($"{_owner}a", 60, bucket)).Verdict);
        Assert.Equal((TokenVerdict.Reserved, 40), Left(await fixture.ReserveAsync($"{_owner}a", 60, bucket)));
        Assert.Equal((TokenVerdict.Reserved, 0), Left(await fixture.ReserveAsync($"{_owner}b", 40, bucket)));
    }

    [RequiresFact("redis")]
    public async Task AReleasedRequest_CountsNothing()
    {
        await using var fixture = await StartAsync();
        var bucket = TokenFixture.Bucket(_owner, 100);
        await fixture.ReserveAsync($"{_owner}a", 100, bucket);

        await fixture.ReleaseAsync($"{_owner}a");

        Assert.Equal((TokenVerdict.Reserved, 0), Left(await fixture.ReserveAsync($"{_owner}b", 100, bucket)));
    }

    [RequiresFact("redis")]
    public async Task ACountOfZero_LeavesTheOthers()
    {
        await using var fixture = await StartAsync();
        var bucket = TokenFixture.Bucket(_owner, 100, 10);
        await fixture.ReserveAsync($"{_owner}a", 10, bucket);
        Time.Advance(TimeSpan.FromSeconds(5));
        await fixture.ReserveAsync($"{_owner}b", 90, bucket);
        await fixture.SettleAsync($"{_owner}a", 0);
        Time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal((TokenVerdict.Full, 10), Left(await fixture.ReserveAsync($"{_owner}c", 90, bucket)));
    }

    [RequiresFact("redis")]
    public async Task UnknownRequests_AreIgnored()
    {
        await using var fixture = await StartAsync();

        await fixture.SettleAsync($"{_owner}a", 10);
        await fixture.ReleaseAsync($"{_owner}a");

        Assert.Equal((TokenVerdict.Reserved, 90), Left(await fixture.ReserveAsync($"{_owner}a", 10, TokenFixture.Bucket(_owner, 100))));
    }

    private protected async Task<TokenFixture> StartAsync() => new(Time, redis is null ? null : await redis.ConnectAsync());

    private static (TokenVerdict Verdict, int Bucket) Short(TokenAnswer answer) => (answer.Verdict, answer.Bucket);

    private static (TokenVerdict Verdict, long Remaining) Left(TokenAnswer answer) => (answer.Verdict, answer.Remaining);
}
