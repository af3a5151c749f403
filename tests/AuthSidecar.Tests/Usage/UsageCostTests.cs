using AuthSidecar.Storage;
using AuthSidecar.TestKit;
using AuthSidecar.Usage;

namespace AuthSidecar.Tests.Usage;

public sealed class UsageCostTests
{
    [Theory]
    [InlineData("no_usage", null, 50L, 50L, true)]
    [InlineData("no_usage", 70L, 50L, 70L, true)]
    [InlineData("client_disconnect", 20L, 50L, 50L, true)]
    [InlineData("client_disconnect", 20L, null, 20L, false)]
    [InlineData("complete", 20L, 50L, 20L, false)]
    [InlineData("complete", null, 50L, null, false)]
    [InlineData("upstream_error", null, 50L, 50L, true)]
    [InlineData("upstream_error", 70L, 50L, 70L, true)]
    [InlineData("upstream_error", null, 50L, null, false, 502)]
    [InlineData("upstream_error", 20L, 50L, 20L, false, 200, true)]
    [InlineData("no_usage", null, null, null, false)]
    public void Ended_WithSomethingReserved_CostsAtLeastThatWhereTooLittleWasSeen(string outcome, long? seen, long? reserved, long? cost, bool isEstimated, int status = 200, bool sawEnd = false)
    {
        var row = new UsageRow { DecisionId = "d", Decision = "allow", Outcome = outcome, ReservedMicros = reserved, Status = status, Facts = UsageFacts.Ended | (sawEnd ? UsageFacts.SawEnd : UsageFacts.None) };

        UsageCost.Set(row, _ => seen);

        Assert.Equal((cost, isEstimated), (row.CostMicros, row.IsEstimated));
        Assert.Equal(reserved is not null, row.Facts.HasFlag(UsageFacts.Settled));
    }

    [Fact]
    public void NotEnded_KeepsItsReservation()
    {
        var row = UsageMerge.Add(null, UsageParts.Decided("d"));
        row.ReservedMicros = 50;

        UsageCost.Set(row, UsageRig.CostOf);

        Assert.Equal((null, false), (row.CostMicros, row.Facts.HasFlag(UsageFacts.Settled)));
    }
}
