using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Tests.Usage.Pipeline;

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
    public void Ended_WithSomethingReserved_CostsAtLeastThatWhereTooLittleWasSeen(
        string outcome,
        long? seen,
        long? reserved,
        long? cost,
        bool isEstimated,
        int status = 200,
        bool sawEnd = false
    )
    {
        var row = new UsageRow
        {
            DecisionId = "d",
            Decision = "allow",
            Outcome = outcome,
            ReservedMicros = reserved,
            Status = status,
            Facts = UsageFacts.Ended | (sawEnd ? UsageFacts.SawEnd : UsageFacts.None),
        };

        UsageCost.Set(row, _ => seen);

        Assert.Equal((cost, isEstimated), (row.CostMicros, row.IsEstimated));
        Assert.Equal(reserved is not null, row.Facts.HasFlag(UsageFacts.Settled));
    }

    [Theory]
    [InlineData("no_usage", null, 900L, 900L)]
    [InlineData("no_usage", null, 30L, 50L)]
    [InlineData("no_usage", 70L, 60L, 70L)]
    [InlineData("client_disconnect", 20L, 900L, 900L)]
    [InlineData("client_disconnect", null, null, 50L)]
    [InlineData("upstream_error", null, 900L, 900L)]
    public void Unseen_CostsTheGreatestOfEstimateCountsAndWhatPassed(string outcome, long? seen, long? guess, long cost)
    {
        var row = new UsageRow
        {
            DecisionId = "d",
            Decision = "allow",
            Outcome = outcome,
            ReservedMicros = 50,
            Status = 200,
            Facts = UsageFacts.Ended,
        };

        UsageCost.Set(row, _ => seen, _ => guess);

        Assert.Equal((cost, true), (row.CostMicros, row.IsEstimated));
    }

    [Theory]
    [InlineData(50L, 900L, 900L, true)]
    [InlineData(50L, 3L, 3L, true)]
    [InlineData(50L, null, 50L, true)]
    [InlineData(null, 900L, null, false)]
    public void CountedWithoutAPrice_CostsABudgetTheGuess_AndNothingIsKnownWithoutABudget(
        long? reserved,
        long? guess,
        long? cost,
        bool isEstimated
    )
    {
        var row = new UsageRow
        {
            DecisionId = "d",
            Provider = "p",
            Decision = "allow",
            Outcome = "complete",
            ReservedMicros = reserved,
            Facts = UsageFacts.Ended | UsageFacts.SawEnd | UsageFacts.HasUsage,
        };

        UsageCost.Set(row, _ => null, _ => guess);

        Assert.Equal((cost, isEstimated), (row.CostMicros, row.IsEstimated));
        Assert.True(UsageCost.IsUnpriced(row));
    }

    /// <summary>A batch of an unlisted model, of which only the read shows the usage.</summary>
    [Theory]
    [InlineData("complete", 900L, 900L)]
    [InlineData("complete", null, 50L)]
    [InlineData("client_disconnect", 900L, 900L)]
    public void ReadResultWithoutAPrice_CostsABudgetTheGuess(string outcome, long? guess, long cost)
    {
        var row = new UsageRow
        {
            DecisionId = "d",
            Provider = "p",
            Decision = "allow",
            Outcome = outcome,
            ReservedMicros = 50,
            Facts = UsageFacts.Ended | UsageFacts.HasUsage | UsageFacts.ReadsResult,
        };

        UsageCost.Set(row, _ => null, _ => guess);

        Assert.Equal((cost, true), (row.CostMicros, row.IsEstimated));
    }

    [Theory]
    [InlineData(UsageFacts.GeneratesNothing, "no_usage")]
    [InlineData(UsageFacts.ReadsResult, "no_usage")]
    [InlineData(UsageFacts.GeneratesNothing, "client_disconnect")]
    [InlineData(UsageFacts.ReadsResult, "upstream_error")]
    public void WhatGeneratesNothing_IsNoEstimate(object fact, string outcome)
    {
        var row = new UsageRow
        {
            DecisionId = "d",
            Provider = "p",
            Decision = "allow",
            Outcome = outcome,
            ReservedMicros = 50,
            Facts = UsageFacts.Ended | (UsageFacts)fact,
        };

        UsageCost.Set(row, _ => null, _ => 900);

        Assert.Equal((null, false), (row.CostMicros, row.IsEstimated));
        Assert.True(row.Facts.HasFlag(UsageFacts.Settled));
    }

    [Fact]
    public void NotEnded_KeepsItsReservation()
    {
        var row = UsageMerge.Add(null, UsageParts.Decided("d"));
        row.ReservedMicros = 50;

        UsageCost.Set(row, UsageHarness.CostOf);

        Assert.Equal((null, false), (row.CostMicros, row.Facts.HasFlag(UsageFacts.Settled)));
    }
}
