using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.IntegrationTests.Storage;

/// <summary>Usage belongs to the object; requests that read the object add none.</summary>
public abstract partial class StoreContract
{
    private static readonly string[] _readers = ["r1", "r2", "r3"];

    [RequiresStoreFact]
    public async Task Object_ThatIsReadThreeTimes_IsBilledToTheFirst()
    {
        var tables = Tables(Store);
        foreach (var id in _readers)
        {
            await tables.WriteAsync([Reads(id), Shows(id, "batch_1"), UsageParts.Logged(id)], CancellationToken.None);
        }

        await MustBeBilledAsync("r1");
    }

    /// <summary>Each report in a separate batch, all of them repeated, and all at once.</summary>
    [RequiresStoreFact]
    public async Task Object_StaysBilled_WhenReportedAgain()
    {
        var parts = _readers.SelectMany(id => new[] { Reads(id), Shows(id, "batch_1"), UsageParts.Logged(id) }).ToList();
        foreach (var part in parts)
        {
            await Tables(Store).WriteAsync([part], CancellationToken.None);
        }

        await MustBeBilledAsync("r1");
        foreach (var part in parts.AsEnumerable().Reverse())
        {
            await Tables(Another).WriteAsync([part], CancellationToken.None);
        }

        await Tables(Store).WriteAsync(parts, CancellationToken.None);
        await MustBeBilledAsync("r1");
    }

    [RequiresStoreFact]
    public async Task Object_IsBilledToItsCreator_AlsoWhenReportedLater()
    {
        await Tables(Store).WriteAsync([Reads("r1"), Shows("r1", "resp_1"), Reads("r2"), Shows("r2", "resp_1")], CancellationToken.None);
        await MustBeBilledAsync("r1");

        await Tables(Another).WriteAsync([UsageParts.Decided("m"), Shows("m", "resp_1")], CancellationToken.None);
        await MustBeBilledAsync("m");

        await Tables(Store)
            .WriteAsync([Reads("r3"), Shows("r3", "resp_1"), Shows("r1", "resp_1"), UsageParts.Logged("r1")], CancellationToken.None);
        await MustBeBilledAsync("m");
    }

    /// <summary>In any order and any batches.</summary>
    [RequiresStoreFact]
    public async Task Object_WithACreator_IsBilledToIt_InAnyOrderAndAnyBatches()
    {
        var random = new Random(5);
        var parts = _readers
            .SelectMany(id => new[] { Reads(id), Shows(id, "resp_1"), UsageParts.Logged(id) })
            .Concat([UsageParts.Decided("m"), Shows("m", "resp_1"), UsageParts.Logged("m")])
            .ToArray();
        var tables = new[] { Tables(Store), Tables(Another) };
        for (var round = 0; round < 12; round++)
        {
            await ClearAsync();
            random.Shuffle(parts);
            for (var start = 0; start < parts.Length; )
            {
                var size = Math.Min(random.Next(1, 6), parts.Length - start);
                await tables[random.Next(2)].WriteAsync(parts[start..(start += size)], CancellationToken.None);
            }

            await MustBeBilledAsync("m");
        }
    }

    /// <summary>Replicas that report reads of the same objects concurrently.</summary>
    [RequiresStoreFact]
    public async Task Objects_ThatManyReplicasReadAtOnce_AreBilledOnce()
    {
        const int Objects = 20;
        var random = new Random(6);
        var parts = Enumerable
            .Range(0, Objects)
            .SelectMany(number => Enumerable.Range(0, 6).Select(reader => ($"{number:00}-{reader}", $"batch_{number}")))
            .SelectMany(read => new[] { Reads(read.Item1), Shows(read.Item1, read.Item2), UsageParts.Logged(read.Item1) })
            .Concat(
                Enumerable
                    .Range(0, Objects / 2)
                    .SelectMany(number => new[] { UsageParts.Decided($"{number:00}-m"), Shows($"{number:00}-m", $"batch_{number}") })
            )
            .ToArray();
        var orders = Enumerable
            .Range(0, 6)
            .Select(_ =>
            {
                random.Shuffle(parts);
                return parts.Chunk(15).ToList();
            })
            .ToList();

        await Task.WhenAll(
            orders.Select(
                (batches, index) =>
                    Task.Run(async () =>
                    {
                        foreach (var batch in batches)
                        {
                            await PersistAsync(Tables(index % 2 == 0 ? Store : Another), batch);
                        }
                    })
            )
        );

        var state = await UsageState.ReadAsync(Another);
        state.MustAddUp();
        var billed = state.Rows.Where(row => row.InputTokens is not null).ToList();
        Assert.Equal(
            Enumerable.Range(0, Objects).Select(number => $"batch_{number}").Order(StringComparer.Ordinal),
            billed.Select(row => row.ObjectId!).Order(StringComparer.Ordinal)
        );
        Assert.Equal(Objects / 2, billed.Count(row => row.DecisionId.EndsWith('m')));
        Assert.Equal(["Key key 202601 " + (25 * Objects), "User ada 202601 " + (25 * Objects)], state.Spends);
    }

    /// <summary>A provider, or a cache before it, that repeats an id: the creating request is billed.</summary>
    [RequiresStoreFact]
    public async Task CreatingRequests_AreAllBilled_UnderTheSameId()
    {
        foreach (var id in new[] { "m1", "m2", "m3" })
        {
            await Tables(Store).WriteAsync([UsageParts.Decided(id), Shows(id, "chatcmpl-1")], CancellationToken.None);
        }

        await Tables(Store).WriteAsync([Reads("r1"), Shows("r1", "chatcmpl-1")], CancellationToken.None);
        await MustBeBilledAsync("m1", "m2", "m3");
    }

    [RequiresStoreFact]
    public async Task Object_OfAnotherProvider_IsAnother()
    {
        var other = Reads("r2");
        other.Provider = "anthropic";

        await Tables(Store).WriteAsync([Reads("r1"), Shows("r1", "batch_1"), other, Shows("r2", "batch_1")], CancellationToken.None);

        await MustBeBilledAsync("r1", "r2");
    }

    /// <summary>
    /// A poll has no final usage and costs nothing, even with a reservation; the first response with final usage is billed.
    /// </summary>
    [RequiresStoreFact]
    public async Task RunningObject_IsNotBilled()
    {
        var polled = Reads("r1");
        polled.ReservedMicros = 1000;
        var cut = UsageParts.Logged("r2");
        cut.Facts |= UsageFacts.ClientLeft;
        await Tables(Store)
            .WriteAsync([polled, Shows("r1", null), UsageParts.Logged("r1"), Reads("r2"), Shows("r2", null), cut], CancellationToken.None);
        await MustBeBilledAsync();

        await Tables(Store).WriteAsync([Reads("r3"), Shows("r3", "batch_1")], CancellationToken.None);
        await MustBeBilledAsync("r3");
    }

    /// <summary>
    /// The reservation for a batch is its cost until a response with the final usage is read; the order of the two reports does not matter.
    /// </summary>
    [RequiresStoreFact]
    public async Task Object_WithoutFinalUsage_CostsTheEstimate_UntilItIsRead()
    {
        UsageReport[] made = [Made("m", 1000), Began("m", "batch_1"), UsageParts.Logged("m")];
        UsageReport[] read = [Reads("r1"), Shows("r1", "batch_1"), Reads("r2"), Shows("r2", "batch_1")];
        await Tables(Store).WriteAsync(made, CancellationToken.None);
        Assert.Equal(["Key key 202601 1000", "User ada 202601 1000"], (await UsageState.ReadAsync(Another)).Spends);

        await Tables(Another).WriteAsync(read, CancellationToken.None);
        await MustBeBilledAsync("r1");
        await Tables(Store).WriteAsync([.. made, .. read], CancellationToken.None);
        await MustBeBilledAsync("r1");

        await ClearAsync();
        await Tables(Store).WriteAsync(read, CancellationToken.None);
        foreach (var part in made)
        {
            await Tables(Another).WriteAsync([part], CancellationToken.None);
        }

        await MustBeBilledAsync("r1");
        await ClearAsync();
        await Tables(Store).WriteAsync([.. read, .. made], CancellationToken.None);
        await MustBeBilledAsync("r1");
    }

    /// <summary>The response of a running object is not final for its creator; a later one may be.</summary>
    [RequiresStoreFact]
    public async Task Object_WithLateUsageOfItsCreator_IsBilledToIt()
    {
        await Tables(Store).WriteAsync([Made("m", 1000), Began("m", "resp_1")], CancellationToken.None);
        await Tables(Another).WriteAsync([Reads("r1"), Shows("r1", "resp_1")], CancellationToken.None);
        await MustBeBilledAsync("r1");

        await Tables(Store).WriteAsync([Shows("m", "resp_1")], CancellationToken.None);
        await MustBeBilledAsync("m");
    }

    [RequiresStoreFact]
    public async Task WhatGeneratesNothing_HasNoTokens_InAnyOrder()
    {
        var decided = UsageParts.Decided("g");
        decided.Facts |= UsageFacts.GeneratesNothing;
        decided.ReservedMicros = 1000;
        foreach (var part in new[] { Shows("g", "file_1"), decided, UsageParts.Logged("g"), Shows("g", "file_1") })
        {
            await Tables(Store).WriteAsync([part], CancellationToken.None);
        }

        await MustBeBilledAsync();
        await using var context = Another.Open();
        Assert.Empty(await context.BilledObjects.ToListAsync());
    }

    private static UsageRepository Tables(Store store) => new(store, UsageHarness.CostOf);

    private static UsageReport Reads(string id)
    {
        var part = UsageParts.Decided(id);
        part.Facts |= UsageFacts.ReadsResult;
        part.Time += TimeSpan.FromMilliseconds(id[^1]);
        return part;
    }

    private static UsageReport Shows(string id, string? objectId)
    {
        var part = UsageParts.Observed(id);
        part.ObjectId = objectId;
        part.SeenOutputTokens = 4;
        return part;
    }

    private static UsageReport Made(string id, long reserved)
    {
        var part = UsageParts.Decided(id);
        part.ReservedMicros = reserved;
        return part;
    }

    private static UsageReport Began(string id, string objectId) =>
        new()
        {
            DecisionId = id,
            Time = UsageParts.Start,
            Model = "gpt-5",
            ObjectId = objectId,
            Facts = UsageFacts.Observed | UsageFacts.Ended | UsageFacts.SawEnd,
        };

    private async Task PersistAsync(UsageRepository tables, IReadOnlyList<UsageReport> batch)
    {
        while (true)
        {
            try
            {
                await tables.WriteAsync(batch, CancellationToken.None);
                return;
            }
            catch (Exception fault) when (!Store.IsRefusal(fault))
            {
                await Task.Delay(5);
            }
        }
    }

    private async Task ClearAsync()
    {
        await using var context = Store.Open();
        await context.Usage.ExecuteDeleteAsync();
        await context.UsageDays.ExecuteDeleteAsync();
        await context.Spends.ExecuteDeleteAsync();
        await context.BilledObjects.ExecuteDeleteAsync();
    }

    private async Task MustBeBilledAsync(params string[] ids)
    {
        var state = await UsageState.ReadAsync(Another);
        state.MustAddUp();
        Assert.Equal(ids, state.Rows.Where(row => row.InputTokens is not null || row.CostMicros is > 0).Select(row => row.DecisionId));
        Assert.All(state.Rows, row => Assert.False(row.IsEstimated));
        Assert.All(state.Rows.Where(row => !ids.Contains(row.DecisionId)), row =>
            Assert.Equal((null, null, null), (row.OutputTokens, row.SeenOutputTokens, row.CostMicros))
        );
        Assert.Equal(ids.Length == 0 ? [] : ["Key key 202601 " + (25 * ids.Length), "User ada 202601 " + (25 * ids.Length)], state.Spends);
    }
}
