using AuthSidecar.Platform.Redis;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Platform.Redis;

public sealed class ScheduledTimeoutsTests : IDisposable
{
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(5);

    private readonly FakeTimeProvider _time = new();
    private readonly ScheduledTimeouts _timeouts;

    public ScheduledTimeoutsTests() => _timeouts = new(10 * _tick, _time);

    [Fact]
    public void Timeout_EndsAfterItsLength_AndNotSooner()
    {
        var first = _timeouts.Begin();
        Advance(10);
        Assert.False(first.IsCancellationRequested);
        var second = _timeouts.Begin();

        Advance(1);
        Assert.True(first.IsCancellationRequested);
        Assert.False(second.IsCancellationRequested);

        Advance(9);
        Assert.False(second.IsCancellationRequested);
        Advance(1);
        Assert.True(second.IsCancellationRequested);
    }

    [Fact]
    public void TimeInWhichTheProcessDidNotRun_CountsAsOneTick()
    {
        var timeout = _timeouts.Begin();

        _time.Advance(TimeSpan.FromSeconds(10));
        Advance(9);
        Assert.False(timeout.IsCancellationRequested);

        Advance(1);
        Assert.True(timeout.IsCancellationRequested);
    }

    [Fact]
    public void Timeouts_OfOneInterval_AreOne() => Assert.Equal(_timeouts.Begin(), _timeouts.Begin());

    public void Dispose() => _timeouts.Dispose();

    private void Advance(int ticks)
    {
        for (; ticks > 0; ticks--)
        {
            _time.Advance(_tick);
        }
    }
}
