using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Usage.Pipeline;

/// <summary>A row depends only on the set of its reports.</summary>
public sealed class UsageMergeTests
{
    /// <summary>Random orders and groupings of the same reports, some of them repeated.</summary>
    [Fact]
    public void AnyOrderGroupingAndRepetition_IsTheSameRow()
    {
        for (var seed = 0; seed < Heavy.Or(20_000, 2_000); seed++)
        {
            var random = new Random(seed);
            var parts = Enumerable.Range(0, random.Next(2, 5)).Select(_ => UsageParts.Any(random, "d")).ToList();
            var row = Row(parts);

            foreach (var order in Orders(parts))
            {
                Same(row, Row(order), seed);
                var cut = random.Next(1, order.Count);
                Same(row, UsageMerge.Add(Row(order[..cut]), Row(order[cut..])), seed);
                Same(row, Row([.. order, order[random.Next(order.Count)], row]), seed);
            }
        }
    }

    /// <summary>A column that the merge forgets would stay empty.</summary>
    [Fact]
    public void EveryColumn_IsTaken()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var part = UsageParts.Any(new(seed), "d");
            var nothing = new UsageReport { DecisionId = "d", Time = DateTimeOffset.MaxValue };

            Same(Row([part]), Row([nothing, part]), seed);
        }

        using var context = new SqliteDbContext(new DbContextOptionsBuilder<SqliteDbContext>().UseSqlite("Data Source=unused").Options);
        Assert.Equal(
            context
                .Model.FindEntityType(typeof(UsageRow))!
                .GetProperties()
                .Select(property => property.GetColumnName())
                .Order(StringComparer.Ordinal),
            UsageColumn.All.Select(column => column.Name).Append(nameof(UsageRow.DecisionId)).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Reports_AreNotChanged()
    {
        var part = UsageParts.Observed("d");
        var copy = UsageRow.From(part);

        UsageMerge.Add(UsageMerge.Add(null, part), UsageParts.Decided("d"));

        Assert.True(UsageColumn.AreSame(copy, UsageRow.From(part)));
    }

    [Fact]
    public void ReportsOfAllSources_AreOneRow()
    {
        var row = Row([.. UsageParts.Whole(7)]);

        Assert.Equal(
            (UsageParts.Start, "key", "ada", "acme", "openai", "gpt-5"),
            (row.Time, row.KeyId, row.UserId, row.Tenant, row.Provider, row.Model)
        );
        Assert.Equal(
            (200, 420L, 1000L, 2000L, 10L, 5L, "complete"),
            (row.Status, row.DurationMs, row.RequestBytes, row.ResponseBytes, row.InputTokens, row.OutputTokens, row.Outcome)
        );
    }

    [Fact]
    public void DecisionReport_SetsTheCaller_EvenWhenAnonymous()
    {
        var decided = new UsageReport
        {
            DecisionId = "d",
            KeyId = "k",
            Path = "/ours",
            Facts = UsageFacts.Decided,
        };
        var logged = new UsageReport
        {
            DecisionId = "d",
            KeyId = "other",
            UserId = "other",
            Path = "/theirs",
            Facts = UsageFacts.Logged,
        };

        var row = Row([logged, decided]);

        Assert.Equal(("k", null, "/ours"), (row.KeyId, row.UserId, row.Path));
    }

    [Fact]
    public void ModelOfTheResponse_BeatsTheRequests_AndAnOwnErrorEnvoys()
    {
        var asked = new UsageReport
        {
            DecisionId = "d",
            Model = "z-asked",
            Facts = UsageFacts.Decided,
        };
        var nameless = new UsageReport { DecisionId = "d", Facts = UsageFacts.Observed | UsageFacts.IsResponseModel };
        var answered = new UsageReport
        {
            DecisionId = "d",
            Model = "answered",
            ErrorType = "overloaded_error",
            Facts = UsageFacts.Observed | UsageFacts.IsResponseModel | UsageFacts.UpstreamFailed,
        };
        var logged = new UsageReport
        {
            DecisionId = "d",
            ErrorType = "upstream_reset",
            Facts = UsageFacts.Logged,
        };

        Assert.Equal("z-asked", Row([asked, nameless]).Model);
        Assert.Equal(("answered", "overloaded_error"), (Row([asked, answered, logged]).Model, Row([asked, answered, logged]).ErrorType));
        Assert.Equal("upstream_reset", Row([asked, nameless, logged]).ErrorType);
    }

    [Theory]
    [InlineData("deny", 403, UsageFacts.Logged | UsageFacts.Ended, "denied")]
    [InlineData("close", null, UsageFacts.None, "denied")]
    [InlineData("allow", null, UsageFacts.None, null)]
    [InlineData("allow", 200, UsageFacts.Ended, "no_usage")]
    [InlineData("allow", 200, UsageFacts.Ended | UsageFacts.HasUsage, "complete")]
    [InlineData("allow", 200, UsageFacts.Ended | UsageFacts.HasUsage | UsageFacts.Observed, "no_usage")]
    [InlineData("allow", 200, UsageFacts.Ended | UsageFacts.HasUsage | UsageFacts.Observed | UsageFacts.SawEnd, "complete")]
    [InlineData("allow", 200, UsageFacts.Ended | UsageFacts.HasUsage | UsageFacts.Observed | UsageFacts.Recorded, "complete")]
    [InlineData("allow", 200, UsageFacts.Ended | UsageFacts.HasUsage | UsageFacts.ClientLeft, "client_disconnect")]
    [InlineData("allow", 200, UsageFacts.Ended | UsageFacts.HasUsage | UsageFacts.ClientLeft | UsageFacts.SawEnd, "complete")]
    [InlineData("allow", 200, UsageFacts.Ended | UsageFacts.ClientLeft | UsageFacts.SawEnd, "no_usage")]
    [InlineData(
        "allow",
        200,
        UsageFacts.Ended | UsageFacts.HasUsage | UsageFacts.ClientLeft | UsageFacts.SawEnd | UsageFacts.UpstreamFailed,
        "upstream_error"
    )]
    [InlineData("allow", 200, UsageFacts.Ended | UsageFacts.HasUsage | UsageFacts.UpstreamFailed, "upstream_error")]
    [InlineData("allow", 529, UsageFacts.Ended, "upstream_error")]
    public void Outcome_FollowsFromWhatIsKnown(string decision, int? status, object facts, string? outcome) =>
        Assert.Equal(
            outcome,
            Row([
                new UsageReport
                {
                    DecisionId = "d",
                    Decision = decision,
                    Status = status,
                    Facts = (UsageFacts)facts | UsageFacts.Decided,
                },
            ]).Outcome
        );

    /// <summary>
    /// The provider's stream had ended: a client that does not wait for the end of the HTTP message is no disconnect.
    /// </summary>
    [Fact]
    public void ClientThatLeavesAfterTheEnd_HadEverything_InAnyOrder()
    {
        var logged = UsageParts.Logged("d");
        logged.Facts |= UsageFacts.ClientLeft;
        var whole = UsageParts.Observed("d");
        var cut = UsageParts.Observed("d");
        cut.Facts &= ~(UsageFacts.Ended | UsageFacts.SawEnd);

        Assert.All(Orders([UsageParts.Decided("d"), whole, logged]), order => Assert.Equal("complete", Row(order).Outcome));
        Assert.All(Orders([UsageParts.Decided("d"), cut, logged]), order => Assert.Equal("client_disconnect", Row(order).Outcome));
    }

    private static UsageRow Row(IReadOnlyList<RequestUsage> parts) => parts.Aggregate((UsageRow?)null, UsageMerge.Add)!;

    private static void Same(UsageRow expected, UsageRow actual, int seed) =>
        Assert.True(UsageColumn.AreSame(expected, actual), $"Seed {seed}: {UsageState.Text(expected)} is not {UsageState.Text(actual)}");

    private static IEnumerable<List<UsageReport>> Orders(List<UsageReport> parts) =>
        parts.Count <= 1
            ? [parts]
            : parts.SelectMany(
                (first, index) => Orders([.. parts[..index], .. parts[(index + 1)..]]).Select(rest => (List<UsageReport>)[first, .. rest])
            );
}
