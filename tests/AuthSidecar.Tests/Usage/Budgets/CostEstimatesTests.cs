using AuthSidecar.Usage.Budgets;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Usage.Budgets;

public class CostEstimatesTests
{
    private const long Floor = CostEstimates.DefaultMicros;

    private readonly FakeTimeProvider _time = new();
    private readonly CostEstimates _estimates;

    public CostEstimatesTests() => _estimates = new(_time);

    [Fact]
    public void FirstRequest_HasNoEstimate() => Assert.Equal(Floor, _estimates.Of("p", "ann"));

    [Fact]
    public void UnauthenticatedCallers_ChangeNoEstimate()
    {
        _estimates.Learn("p", "ann", 1_000_000);

        Assert.Equal(1_000_000, _estimates.Of("p", "ann"));
        Assert.Equal(Floor, _estimates.Of("p", "bob"));
        Assert.Equal(Floor, _estimates.Of("q", "ann"));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(10_000)]
    public void CheapRequests_LowerNothing(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _estimates.Learn("p", "new", 4);
        }

        Assert.Equal(Floor, _estimates.Of("p", "new"));

        _estimates.Learn("p", "ann", 20_000);
        for (var i = 0; i < count; i++)
        {
            _estimates.Learn("p", "ann", 4);
        }

        Assert.Equal(20_000, _estimates.Of("p", "ann"));
    }

    [Fact]
    public void ExpensiveRequest_DecaysByHalfEveryFiveMinutes_DownToTheFloor()
    {
        _estimates.Learn("p", "ann", 5_000_000);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(2_500_000, _estimates.Of("p", "ann"));

        _estimates.Learn("p", "ann", 100);
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(625_000, _estimates.Of("p", "ann"));

        _time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(Floor, _estimates.Of("p", "ann"));
        _time.Advance(TimeSpan.FromDays(300));
        Assert.Equal(Floor, _estimates.Of("p", "ann"));
    }

    [Fact]
    public void NewPeak_ReplacesTheDecayedOne()
    {
        _estimates.Learn("p", "ann", 80_000);
        _time.Advance(TimeSpan.FromMinutes(5));
        _estimates.Learn("p", "ann", 50_000);

        Assert.Equal(50_000, _estimates.Of("p", "ann"));
    }

    [Fact]
    public void WithoutAFloor_TheLastRequestsCountAlone()
    {
        var estimates = new CostEstimates(_time, floor: 0);
        Assert.Equal(CostEstimates.DefaultMicros, estimates.Of("p", "ann"));

        estimates.Learn("p", "ann", 0);
        Assert.Equal(1, estimates.Of("p", "ann"));
        estimates.Learn("p", "ann", 12);
        Assert.Equal(12, estimates.Of("p", "ann"));
    }

    [Fact]
    public void Memory_IsBounded()
    {
        for (var i = 0; i < 200_000; i++)
        {
            _estimates.Learn("p", $"k{i}", 50_000);
        }

        Assert.Equal(50_000, _estimates.Of("p", "k199999"));
        Assert.Equal(Floor, _estimates.Of("p", "k0"));
    }
}
