using AuthSidecar.Platform.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Platform.Telemetry;

public sealed class OutageLogTests
{
    private const int Workers = 8;
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly OutageLog _log;

    public OutageLogTests() => _log = new(_time);

    [Fact]
    public void AnOutage_IsLoggedAtItsFirstFailure_OnceAMinute_AndAtItsEnd()
    {
        Assert.Null(_log.Recover());
        var logged = new List<int>();
        for (var second = 0; second <= 150; second++)
        {
            if (_log.Fail())
            {
                logged.Add(second);
            }

            Assert.True(_log.IsDown);
            _time.Advance(_second);
        }

        Assert.Equal([0, 60, 120], logged);
        Assert.Equal(new Outage(TimeSpan.FromSeconds(151), 151), _log.Recover());
        Assert.Null(_log.Recover());
        Assert.False(_log.IsDown);
    }

    [Fact]
    public void TheNextOutage_CountsForItself()
    {
        Assert.True(_log.Fail());
        _log.Recover();
        _time.Advance(TimeSpan.FromMinutes(2));

        Assert.True(_log.Fail());
        _time.Advance(_second);

        Assert.Equal(new Outage(_second, 1), _log.Recover());
    }

    [Fact]
    public void Flapping_IsLoggedOnceAMinute_AndNoEndWithoutABeginning()
    {
        var (begun, ended) = (0, 0);
        for (var step = 0; step < 3_000; step++)
        {
            begun += _log.Fail() ? 1 : 0;
            _time.Advance(TimeSpan.FromMilliseconds(50));
            ended += _log.Recover() is null ? 0 : 1;
            _time.Advance(TimeSpan.FromMilliseconds(50));
        }

        Assert.Equal((5, 5), (begun, ended));
    }

    [Fact]
    public void AnOutageSoonAfterAnother_IsLoggedWhenItLasts()
    {
        _log.Fail();
        _log.Recover();
        _time.Advance(_second);
        Assert.False(_log.Fail());

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.True(_log.Fail());
        Assert.Equal(new Outage(TimeSpan.FromMinutes(1), 2), _log.Recover());
    }

    [Fact]
    public async Task ManyAtOnce_LogOneBeginningAndOneEnd()
    {
        const int Each = 10_000;
        var begun = await AllAsync(() => Enumerable.Range(0, Each).Count(_ => _log.Fail()));
        var ends = await AllAsync(_log.Recover);

        Assert.Equal(1, begun.Sum());
        Assert.Equal(Workers * Each, Assert.Single(ends.OfType<Outage>()).Failures);
    }

    [Fact]
    public async Task FailuresBesideSuccesses_LogNoMoreThanOnePair()
    {
        var logged = await AllAsync(() => Enumerable.Range(0, 10_000).Sum(_ => (_log.Fail() ? 1 : 0) + (_log.Recover() is null ? 0 : 1)));

        Assert.InRange(logged.Sum(), 1, 2);
    }

    private static Task<T[]> AllAsync<T>(Func<T> work) => Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(work)));
}
