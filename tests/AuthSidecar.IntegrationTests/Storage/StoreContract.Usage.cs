using AuthSidecar.Administration.Reports;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.IntegrationTests.Storage;

/// <summary>Usage: exact rows and sums, independent of writers, reports and order.</summary>
public abstract partial class StoreContract
{
    private string SpoolDirectory { get; } = Directory.CreateTempSubdirectory("authsidecar-spool-").FullName;

    [RequiresStoreFact]
    public async Task Usage_ReadsBackAsWritten()
    {
        var random = new Random(2);
        var rows = Enumerable.Range(0, 200).Select(number => UsageParts.Any(random, UsageParts.Id(number))).ToList();
        rows[0].Path = "/日本 😀 \"'\n";

        await new UsageRepository(Store, UsageHarness.CostOf).WriteAsync(rows, CancellationToken.None);

        var state = await UsageState.ReadAsync(Another);
        state.MustAddUp();
        Assert.Equal(rows.Count, state.Rows.Count);
        Assert.All(rows.Zip(state.Rows), pair =>
            Assert.True(UsageColumn.AreSame(Priced(pair.First), pair.Second), UsageState.Text(pair.Second))
        );
    }

    /// <summary>For any reports in any batches: the rows are the merged reports, and the sums those of the rows.</summary>
    [RequiresStoreFact]
    public async Task Usage_IsTheSame_InAnyOrderAndAnyBatches()
    {
        var random = new Random(8);
        var parts = Enumerable
            .Range(0, 60)
            .SelectMany(number => Enumerable.Range(0, random.Next(1, 5)).Select(_ => UsageParts.Any(random, UsageParts.Id(number))))
            .ToArray();
        var expected = parts
            .GroupBy(part => part.DecisionId, StringComparer.Ordinal)
            .Select(batch => Priced([.. batch]))
            .OrderBy(row => row.DecisionId, StringComparer.Ordinal)
            .ToList();
        var tables = new[] { new UsageRepository(Store, UsageHarness.CostOf), new UsageRepository(Another, UsageHarness.CostOf) };

        for (var round = 0; round < 4; round++)
        {
            await using (var context = Store.Open())
            {
                await context.Usage.ExecuteDeleteAsync();
                await context.UsageDays.ExecuteDeleteAsync();
                await context.Spends.ExecuteDeleteAsync();
            }

            random.Shuffle(parts);
            for (var start = 0; start < parts.Length; )
            {
                var size = Math.Min(random.Next(1, 20), parts.Length - start);
                await tables[random.Next(2)].WriteAsync(parts[start..(start += size)], CancellationToken.None);
            }

            var state = await UsageState.ReadAsync(Another);
            state.MustAddUp();
            Assert.Equal(expected.Count, state.Rows.Count);
            Assert.All(expected.Zip(state.Rows), pair =>
                Assert.True(
                    UsageColumn.AreSame(pair.First, pair.Second),
                    $"{UsageState.Text(pair.First)} is not {UsageState.Text(pair.Second)}"
                )
            );
        }
    }

    /// <summary>Two replicas write different reports of the same requests concurrently, in opposite orders.</summary>
    [RequiresStoreFact]
    public async Task Usage_OfTwoReplicasAtOnce_IsExact_AndNothingIsLost()
    {
        var count = Heavy.Or(20_000, 2_000);
        await using var one = new UsageHarness(Store, Path.Combine(SpoolDirectory, "one"));
        await using var other = new UsageHarness(Another, Path.Combine(SpoolDirectory, "other"));
        await Task.WhenAll(one.StartAsync(), other.StartAsync());

        await Task.WhenAll(
            Task.Run(() => TellAsync(one, Enumerable.Range(0, count))),
            Task.Run(() => TellAsync(other, Enumerable.Range(0, count).Reverse()))
        );
        await one.UntilAsync(() => one.Count("usage_written") + other.Count("usage_written") == 3L * count);
        await Task.WhenAll(one.StopAsync(), other.StopAsync());

        var state = await UsageState.ReadAsync(Another);
        state.MustAddUp();
        Assert.Equal(count, state.Rows.Count);
        Assert.All(state.Rows, row =>
            Assert.Equal(("complete", 25L, "gpt-5", 420L), (row.Outcome, row.CostMicros, row.Model, row.DurationMs))
        );
        Assert.Equal(["Key key 202601 " + (25 * count), "User ada 202601 " + (25 * count)], state.Spends);
        Assert.Equal(
            (0, 0),
            (one.Queue.Dropped + other.Queue.Dropped, one.Count("usage_dead_letters") + other.Count("usage_dead_letters"))
        );

        async Task TellAsync(UsageHarness harness, IEnumerable<int> numbers)
        {
            // Each report of a request goes to one of the two; the distribution differs from request to request.
            foreach (var number in numbers)
            {
                var parts = UsageParts.Whole(number);
                for (var index = 0; index < parts.Length; index++)
                {
                    if ((number + index) % 2 == (harness == one ? 0 : 1))
                    {
                        Assert.True(harness.Queue.Record(parts[index]));
                    }
                }

                if (number % 100 == 0)
                {
                    await Task.Delay(1);
                }
            }
        }
    }

    /// <summary>One statement per batch, with many batches concurrently on the same rows: the loser of a conflict retries.</summary>
    [RequiresStoreFact]
    public async Task Usage_OfTheSameRows_ByManyAtOnce_EndsExact()
    {
        var random = new Random(4);
        var parts = Enumerable.Range(0, 100).SelectMany(UsageParts.Whole).ToArray();
        var orders = Enumerable
            .Range(0, 6)
            .Select(_ =>
            {
                random.Shuffle(parts);
                return parts.Chunk(30).ToList();
            })
            .ToList();

        await Task.WhenAll(
            orders.Select(
                (batches, index) =>
                    Task.Run(async () =>
                    {
                        var tables = new UsageRepository(index % 2 == 0 ? Store : Another, UsageHarness.CostOf);
                        foreach (var batch in batches)
                        {
                            while (!await TryAsync(() => tables.WriteAsync(batch, CancellationToken.None)))
                            {
                                await Task.Delay(5);
                            }
                        }
                    })
            )
        );

        var state = await UsageState.ReadAsync(Another);
        state.MustAddUp();
        Assert.Equal(100, state.Rows.Count(row => row.Outcome == "complete"));

        async Task<bool> TryAsync(Func<Task> write)
        {
            try
            {
                await write();
                return true;
            }
            catch (Exception fault) when (!Store.IsRefusal(fault))
            {
                return false;
            }
        }
    }

    [RequiresStoreFact]
    public async Task Usage_ThatMovesToAnotherDayOrModel_LeavesNoEmptySum()
    {
        var tables = new UsageRepository(Store, UsageHarness.CostOf);
        var earlier = UsageParts.Decided("d");
        earlier.Time = UsageParts.Start.AddDays(-40);

        await tables.WriteAsync([UsageParts.Logged("d")], CancellationToken.None);
        await tables.WriteAsync([UsageParts.Observed("d")], CancellationToken.None);
        await tables.WriteAsync([earlier], CancellationToken.None);

        var state = await UsageState.ReadAsync(Another);
        state.MustAddUp();
        Assert.Contains("|gpt-5|", Assert.Single(state.Days), StringComparison.Ordinal);
        Assert.Equal(["Key key 202512 25", "User ada 202512 25"], state.Spends);
    }

    /// <summary>
    /// One caller requests many models that do not exist: from an upstream that rejects them, from one that accepts every name, and where
    /// the request itself is denied.
    /// </summary>
    [RequiresStoreFact]
    public async Task Usage_OfInventedModels_IsBoundedInTheSumsOfADay_AndExact()
    {
        var count = Heavy.Or(100_000, 1_500);
        var tables = new UsageRepository(Store, UsageHarness.CostOf);
        var parts = new List<UsageReport>();
        for (var number = 0; number < count; number++)
        {
            var model = number + new string('m', 300);
            var (refused, failed, answered) = (
                UsageParts.Decided($"r{number}"),
                UsageParts.Decided($"f{number}"),
                UsageParts.Decided($"a{number}")
            );
            (refused.Decision, refused.Reason, refused.Model) = ("deny", "model_not_allowed", model);
            var (log, requested, echoed) = (
                UsageParts.Logged($"f{number}"),
                UsageParts.Observed($"f{number}"),
                UsageParts.Observed($"a{number}")
            );
            log.Status = 404;
            (requested.Model, requested.InputTokens, requested.OutputTokens, requested.Facts) = (
                model,
                null,
                null,
                UsageFacts.Observed | UsageFacts.Ended | UsageFacts.SawEnd
            );
            echoed.Model = model;
            parts.AddRange([refused, failed, log, requested, answered, echoed]);
        }

        var queue = new UsageQueue(parts.Count);
        parts.ForEach(part => queue.Record(part));
        foreach (var batch in parts.Chunk(1000))
        {
            await tables.WriteAsync(batch, CancellationToken.None);
        }

        var state = await UsageState.ReadAsync(Another);
        state.MustAddUp();
        Assert.Equal(3 * count, state.Rows.Count);
        Assert.All(state.Rows, row => Assert.InRange(row.Model!.Length, 1, 256));
        Assert.InRange(state.Days.Count, 1, DayModels.Most + 2);
        var sums = await new SumUsage(Another).RunAsync(new(UsageGroup.Model, new(2026, 1, 31), new(2026, 1, 31)), CancellationToken.None);
        Assert.Equal((3L * count, 25L * count), (sums.Sum(sum => sum.Requests), sums.Sum(sum => sum.CostMicroUsd ?? 0)));
        Assert.Equal(2L * count, sums.Single(sum => sum.Group is null).Requests);
    }

    /// <summary>An honest caller's models keep their names when another caller invents names.</summary>
    [RequiresStoreFact]
    public async Task Usage_OfAnotherCaller_KeepsTheNamesOfItsModels()
    {
        var tables = new UsageRepository(Store, UsageHarness.CostOf);
        for (var number = 0; number < DayModels.Most + 5; number++)
        {
            var part = UsageParts.Observed($"i{number}");
            part.Model = $"invented-{number}";
            await tables.WriteAsync([UsageParts.Decided($"i{number}"), part], CancellationToken.None);
        }

        // For a caller with an issuer's token the observer has no key: its report comes separately and later.
        var (honest, seen) = (UsageParts.Decided("honest"), UsageParts.Observed("honest"));
        honest.KeyId = "another";
        await tables.WriteAsync([honest], CancellationToken.None);
        for (var number = 0; number < DayModels.Most + 5; number++)
        {
            var part = UsageParts.Observed($"x{number}");
            part.Model = $"invented-{number}";
            await tables.WriteAsync([part], CancellationToken.None);
        }

        await tables.WriteAsync([seen], CancellationToken.None);

        var state = await UsageState.ReadAsync(Another);
        state.MustAddUp();
        Assert.Contains(state.Days, day => day.Contains("|gpt-5|another|", StringComparison.Ordinal));
        Assert.Contains(state.Days, day => day.Contains("|other|key|ada|acme 5 ", StringComparison.Ordinal));
    }

    [RequiresStoreFact]
    public async Task Usage_OfCountedRefusals_IsTheirNumber_InAnyOrderAndRepetition()
    {
        var (one, other) = (new UsageRepository(Store, UsageHarness.CostOf), new UsageRepository(Another, UsageHarness.CostOf));

        await one.WriteAsync([Counted("a", 500), Counted("b", 1)], CancellationToken.None);
        await other.WriteAsync([Counted("a", 300), UsageParts.Decided("single")], CancellationToken.None);
        await one.WriteAsync([Counted("a", 812)], CancellationToken.None);
        await other.WriteAsync([Counted("a", 812)], CancellationToken.None);

        var state = await UsageState.ReadAsync(Another);
        state.MustAddUp();
        Assert.Equal(3, state.Rows.Count);
        var sums = await new SumUsage(Another).RunAsync(new(UsageGroup.Key, new(2026, 1, 31), new(2026, 1, 31)), CancellationToken.None);
        Assert.Equal([(null, 813L), ("key", 1L)], sums.Select(sum => (sum.Group, sum.Requests)).Order());
    }

    private static UsageReport Counted(string id, long requests, DateTimeOffset? time = null) =>
        new()
        {
            DecisionId = id,
            Time = time ?? UsageParts.Start,
            Policy = "openai",
            Provider = "openai",
            Decision = "deny",
            Reason = "missing_credential",
            Status = 401,
            Requests = requests,
            Facts = UsageFacts.Decided,
        };

    private static UsageRow Priced(params UsageReport[] parts)
    {
        var row = parts.Aggregate((UsageRow?)null, UsageMerge.Add)!;
        UsageCost.Set(row, UsageHarness.CostOf);
        return row;
    }
}
