using AuthSidecar.Access.RateLimiting;

namespace AuthSidecar.Tests.Access.RateLimiting;

public sealed class SlidingWindowTests
{
    private const int Permits = 1_000_000;
    private const long Length = 1_000;

    [Fact]
    public void Capacity_FollowsTheEntriesAndNotThePermits()
    {
        var window = new SlidingWindow();
        Assert.Equal(0, window.Capacity);

        window.Add(1, Permits);
        Assert.InRange(window.Capacity, 1, 8);

        for (var i = 1; i < 1_000; i++)
        {
            window.Add(1, Permits);
        }

        Assert.InRange(window.Capacity, 1_000, 2_000);
    }

    [Fact]
    public void BurstThatHasExpired_GivesItsMemoryBack_AndLosesNoCount()
    {
        var window = new SlidingWindow();
        window.Trim(0, Length);
        for (var i = 0; i < 1_000; i++)
        {
            window.Add(0, Permits);
        }

        window.Add(600, Permits);
        window.Add(700, Permits);
        window.Shrink(999);
        Assert.Equal(1_002, window.Count);

        window.Shrink(1_000);
        Assert.Equal(2, window.Count);
        Assert.InRange(window.Capacity, 2, 8);
        Assert.Equal(600, window.UntilOldestLeaves(1_000));
        Assert.Equal(700, window.UntilRoom(1, 1_000));

        window.Add(1_100, Permits);
        window.Trim(1_650, Length);
        Assert.Equal(2, window.Count);
        Assert.Equal(50, window.UntilOldestLeaves(1_650));
    }
}
