using AuthSidecar.Administration.Reports;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.IntegrationTests.Storage;

/// <summary>Reports: sums of the rows, equal in both databases.</summary>
public abstract partial class StoreContract
{
    [RequiresStoreFact]
    public async Task Reports_AreTheSumsOfTheRows()
    {
        var random = new Random(5);
        await new UsageRepository(Store, UsageHarness.CostOf).WriteAsync(
            [.. Enumerable.Range(0, 500).Select(number => Spread(UsageParts.Any(random, UsageParts.Id(number)), number))],
            CancellationToken.None
        );
        var (from, to) = (new DateOnly(2026, 2, 1), new DateOnly(2026, 2, 3));
        var rows = (await UsageState.ReadAsync(Another))
            .Rows.Where(row => DateOnly.FromDateTime(row.Time.UtcDateTime) is var day && day >= from && day <= to)
            .ToList();
        Assert.InRange(rows.Count, 100, 400);

        foreach (
            var (group, name) in new (UsageGroup, Func<UsageRow, string?>)[]
            {
                (UsageGroup.Day, row => $"{row.Time.UtcDateTime:yyyy-MM-dd}"),
                (UsageGroup.Model, row => DayModels.NameOf(row) is { Length: > 0 } name ? name : null),
                (UsageGroup.Key, row => row.KeyId),
                (UsageGroup.User, row => row.UserId),
                (UsageGroup.Tenant, row => row.Tenant),
                (UsageGroup.Provider, row => row.Provider),
            }
        )
        {
            var sums = await new SumUsage(Another).RunAsync(new(group, from, to), CancellationToken.None);

            Assert.Equal(
                rows.GroupBy(name).Select(Sum).OrderBy(sum => sum.Group, StringComparer.Ordinal),
                sums.OrderBy(sum => sum.Group, StringComparer.Ordinal)
            );
        }

        static UsageReport Spread(UsageReport row, int number)
        {
            row.Time = row.Time.AddDays(number % 6);
            return row;
        }

        static UsageSum Sum(IGrouping<string?, UsageRow> group) =>
            new(
                group.Key,
                group.Sum(row => row.Requests ?? 1),
                group.Sum(row => row.InputTokens ?? 0),
                group.Sum(row => row.OutputTokens ?? 0),
                group.Sum(row => row.CachedReadTokens ?? 0),
                group.Sum(row => row.CachedWriteTokens ?? 0),
                group.Sum(row => row.ReasoningTokens ?? 0),
                group.Any(row => row.CostMicros is not null) ? group.Sum(row => row.CostMicros ?? 0) : null
            );
    }

    [RequiresStoreFact]
    public async Task Reports_OfMoreThanAnIntHolds_AreExact()
    {
        const long Most = 999_999_999_999;
        await new UsageRepository(Store, UsageHarness.CostOf).WriteAsync(
            [UsageParts.Decided("a"), UsageParts.Observed("a", Most, Most), UsageParts.Decided("b"), UsageParts.Observed("b", Most, Most)],
            CancellationToken.None
        );

        var sum = Assert.Single(
            await new SumUsage(Another).RunAsync(new(UsageGroup.Key, new(2026, 1, 31), new(2026, 1, 31)), CancellationToken.None)
        );

        Assert.Equal((2 * Most, 2 * Most, 8 * Most), (sum.InputTokens, sum.OutputTokens, sum.CostMicroUsd));
    }

    [RequiresStoreFact]
    public async Task Reports_OfACountedRefusal_HaveItsKnownFields()
    {
        var minute = new DateTimeOffset(2026, 1, 31, 23, 59, 0, TimeSpan.Zero);
        await new UsageRepository(Store, UsageHarness.CostOf).WriteAsync([Counted("a", 812, minute)], CancellationToken.None);

        var refusal = (
            await new FindUsage(Another).ByIdAsync(Guid.CreateVersion7(minute.AddSeconds(59)).ToString("N"), CancellationToken.None)
        ).Refusal;
        var before = (
            await new FindUsage(Another).ByIdAsync(Guid.CreateVersion7(minute.AddMinutes(-3)).ToString("N"), CancellationToken.None)
        ).Refusal;

        Assert.Equal(("unknown_decision", "unknown_decision"), (refusal?.Code, before?.Code));
        Assert.Contains("812 missing_credential under policy openai", refusal!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("missing_credential", before!.Message, StringComparison.Ordinal);
        var row = (await new FindUsage(Another).RunAsync("a", null, CancellationToken.None)).Value[0];
        Assert.Equal((812L, "denied"), (row.Requests, row.Outcome));
    }

    [RequiresStoreFact]
    public async Task Reports_FindRows_TheLatestFirst()
    {
        var rows = new FindUsage(Another);
        await new UsageRepository(Store, UsageHarness.CostOf).WriteAsync(
            [.. Enumerable.Range(0, 60).Select(number => At(number))],
            CancellationToken.None
        );

        Assert.Equal(
            [UsageParts.Id(59), UsageParts.Id(58), UsageParts.Id(57)],
            (await rows.LatestAsync(3, CancellationToken.None)).Value.Select(row => row.DecisionId)
        );
        Assert.Equal(FindUsage.Usual, (await rows.RunAsync(null, null, CancellationToken.None)).Value.Count);
        Assert.Equal(
            UsageParts.Id(7),
            (await rows.ByIdAsync(UsageParts.Id(7).ToUpperInvariant(), CancellationToken.None)).Value.DecisionId
        );
        Assert.Equal("unknown_decision", (await rows.ByIdAsync(UsageParts.Id(60), CancellationToken.None)).Refusal?.Code);
        Assert.Equal("unknown_decision", (await rows.ByIdAsync("\0", CancellationToken.None)).Refusal?.Code);

        static UsageReport At(int number)
        {
            // Two rows per timestamp, so that the id decides too.
            var row = UsageParts.Decided(UsageParts.Id(number));
            row.Time = UsageParts.Start.AddSeconds(number / 2);
            return row;
        }
    }
}
