using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Tests.Platform.Invalidation;

public sealed class SubscriptionHealthTests
{
    private const long Longest = 30;
    private readonly SubscriptionHealth _bus = new();

    [Fact]
    public void NeverConfirmed_CoversNothing() => Assert.False(_bus.Covers(long.MaxValue - 1, 0, Longest));

    [Fact]
    public void UnbrokenSinceBefore_CoversWhileProbesAreAnswered()
    {
        _bus.Confirm(10, _bus.Breaks);
        _bus.Confirm(100, _bus.Breaks);

        Assert.True(_bus.Covers(since: 10, now: 130, Longest));
        Assert.False(_bus.Covers(since: 9, now: 130, Longest));
        Assert.False(_bus.Covers(since: 10, now: 131, Longest));
    }

    [Fact]
    public void Break_CoversOnlyWhatCameAfterIt()
    {
        _bus.Confirm(10, _bus.Breaks);
        _bus.Break();
        Assert.False(_bus.Covers(10, 11, Longest));

        _bus.Confirm(20, _bus.Breaks);

        Assert.False(_bus.Covers(19, 21, Longest));
        Assert.True(_bus.Covers(20, 21, Longest));
    }

    [Fact]
    public void IsUp_WhileProbesAreAnswered()
    {
        Assert.False(_bus.IsUp(0, Longest));
        _bus.Confirm(10, _bus.Breaks);
        Assert.True(_bus.IsUp(40, Longest));
        Assert.False(_bus.IsUp(41, Longest));
        _bus.Break();
        Assert.False(_bus.IsUp(11, Longest));
    }

    [Fact]
    public void AnswerToAProbeBeforeABreak_ProvesNothing()
    {
        var before = _bus.Breaks;
        _bus.Break();

        _bus.Confirm(10, before);

        Assert.False(_bus.Covers(10, 10, Longest));
    }
}
