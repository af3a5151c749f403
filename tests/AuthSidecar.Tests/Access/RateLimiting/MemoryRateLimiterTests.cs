using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Policies;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Access.RateLimiting;

public sealed class MemoryRateLimiterTests
{
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void IdleBuckets_Go_AndBusyOnesStay()
    {
        var time = new FakeTimeProvider();
        using var limiter = new MemoryRateLimiter(time);
        for (var i = 0; i < 1000; i++)
        {
            limiter.Count([Bucket($"{i}", 5)], out _);
        }

        time.Advance(TimeSpan.FromSeconds(30));
        limiter.Count([Bucket("busy", 5)], out _);
        Assert.Equal(1001, limiter.BucketCount);

        time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(1, limiter.BucketCount);
        Assert.Equal(3, limiter.Count([Bucket("busy", 5)], out _).State.Remaining);
    }

    [Fact]
    public async Task BucketsThatGoWhileTheyAreUsed_LoseNoCount()
    {
        var time = new Ticking(frequency: 1000);
        using var limiter = new MemoryRateLimiter(time);
        var bucket = new Bucket(new(BucketKind.Key, "", "a"), 5, TimeSpan.FromSeconds(50));
        var passed = 0;

        // Each read advances the clock by one tick; the bucket becomes idle repeatedly and is swept immediately.
        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(caller =>
                    Task.Run(() =>
                    {
                        for (var i = 0; i < 20_000; i++)
                        {
                            if (caller == 0)
                            {
                                time.Sweep();
                            }
                            else if (limiter.Count([bucket], out _).Verdict == LimitVerdict.Counted)
                            {
                                Interlocked.Increment(ref passed);
                            }
                        }
                    })
                )
        );

        // 50 s are 50,000 ticks: at most 5 in each, and the last window may have begun.
        Assert.InRange(passed, 5, 5 * ((160_000 / 50_000) + 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(999)]
    [InlineData(3_579_545)]
    [InlineData(10_000_000)]
    [InlineData(24_000_000_007)]
    public void AnyFrequencyOfTheClock_NothingStopsCountingTooEarly(long frequency)
    {
        var time = new Ticking(frequency);
        using var limiter = new MemoryRateLimiter(time);
        var bucket = Bucket("a", 1) with { Window = TimeSpan.FromMilliseconds(1500) };
        limiter.Count([bucket], out var first);
        var end = first + (long)Math.Ceiling(1.5m * frequency);

        time.Now = end - 2;
        var refused = limiter.Count([bucket], out _);
        Assert.Equal(LimitVerdict.Denied, refused.Verdict);
        Assert.InRange(refused.RetryAfter.TotalSeconds * frequency, 0.99, Math.Max(1.01, 1 + (frequency / 1e7)));

        time.Now = end - 1;
        Assert.Equal(LimitVerdict.Counted, limiter.Count([bucket], out _).Verdict);
    }

    [Fact]
    public void ManyPermits_CostNothingUntilTheyAreUsed()
    {
        using var limiter = new MemoryRateLimiter(new FakeTimeProvider());
        limiter.Count([Bucket("warm", 1)], out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        limiter.Count([Bucket("a", int.MaxValue)], out _);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 2000);
    }

    [Fact]
    public async Task Answer_IsThereAtOnce()
    {
        using var limiter = new MemoryRateLimiter(TimeProvider.System);

        var pending = limiter.CountAsync([Bucket("a", 1)], RedisDownAnswer.Deny).AsTask();

        Assert.True(pending.IsCompletedSuccessfully);
        Assert.Equal(LimitVerdict.Counted, (await pending).Verdict);
    }

    private static Bucket Bucket(string owner, int permits) => new(new(BucketKind.Key, "", owner), permits, _minute);

    /// <summary>A clock that advances by one tick with each read and fires the sweeper on demand.</summary>
    private sealed class Ticking(long frequency) : TimeProvider
    {
        private long _now;
        private TimerCallback? _callback;

        public long Now
        {
            set => _now = value;
        }

        public override long TimestampFrequency => frequency;

        public override long GetTimestamp() => Interlocked.Increment(ref _now);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _callback = callback;
            return new FakeTimeProvider().CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public void Sweep() => _callback!(null);
    }
}
