using AuthSidecar.Budgets;

namespace AuthSidecar.Tests.Budgets;

public class CostEstimatesTests
{
    private readonly CostEstimates _estimates = new();

    [Fact]
    public void Nothing_IsKnownOfTheFirst() => Assert.Equal(CostEstimates.DefaultMicros, _estimates.Of("p", "k"));

    [Fact]
    public void Key_IsKnownByItself_AndOthersByThePolicy()
    {
        _estimates.Learn("p", "k", 800);
        _estimates.Learn("p", "other", 1600);

        Assert.Equal(800, _estimates.Of("p", "k"));
        Assert.Equal(1600, _estimates.Of("p", "other"));
        Assert.Equal(900, _estimates.Of("p", "new"));
        Assert.Equal(CostEstimates.DefaultMicros, _estimates.Of("q", "k"));
    }

    [Fact]
    public void Average_FollowsWhatRequestsCostNow()
    {
        _estimates.Learn("p", "k", 1_000_000);
        for (var i = 0; i < 200; i++)
        {
            _estimates.Learn("p", "k", 100);
        }

        Assert.Equal(101, _estimates.Of("p", "k"));
    }

    [Fact]
    public void Nothing_IsNeverReserved()
    {
        for (var i = 0; i < 3; i++)
        {
            _estimates.Learn("p", "k", 0);
        }

        Assert.Equal(1, _estimates.Of("p", "k"));
    }

    [Fact]
    public void Memory_IsBounded()
    {
        for (var i = 0; i < 200_000; i++)
        {
            _estimates.Learn("p", $"k{i}", 5);
        }

        Assert.Equal(5, _estimates.Of("p", "k199999"));
        Assert.Equal(5, _estimates.Of("p", "k0"));
    }
}
