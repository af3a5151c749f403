using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Usage.Pipeline;

public sealed class UsageRetentionTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;
    private readonly FakeTimeProvider _time = new(UsageParts.Start);
    private Store _store = null!;

    public async Task InitializeAsync()
    {
        _store = SqliteStore.For(new(), _directory, TimeProvider.System);
        await _store.PrepareAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task ExpiredRows_AreRemovedInManySteps_AndSumsStay()
    {
        var tables = new UsageRepository(_store, UsageHarness.CostOf);
        await tables.WriteAsync([.. Enumerable.Range(0, 1200).SelectMany(UsageParts.Whole)], CancellationToken.None);
        var (_, _, spends, shortSpends) = await UsageState.ReadAsync(_store);
        _time.Advance(TimeSpan.FromDays(30));
        var young = UsageParts.Decided("young");
        young.Time = _time.GetUtcNow();
        await tables.WriteAsync([young], CancellationToken.None);
        await AddOthersAsync();
        using var retention = Make(days: 7);

        var running = retention.RunAsync(CancellationToken.None);
        while (!running.IsCompleted)
        {
            // It pauses between batches.
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(1200 + 1 + 1 + 1 + 1, await running);
        var state = await UsageState.ReadAsync(_store);
        Assert.Equal("young", Assert.Single(state.Rows).DecisionId);
        Assert.NotEmpty(spends);
        Assert.Equal(spends, state.Spends);
        Assert.NotEmpty(shortSpends);
        Assert.Empty(state.ShortSpends);
        Assert.Single(state.Days);
        await using var context = _store.Open();
        Assert.Equal(["new"], await context.Interceptions.Select(interception => interception.Id).ToListAsync());
        Assert.Equal(["new"], await context.TokenUsages.Select(usage => usage.InterceptionId).ToListAsync());
        Assert.Equal(["new"], await context.BilledObjects.Select(billed => billed.ObjectId).ToListAsync());
        Assert.Equal(["new"], await context.DeadLetters.Select(letter => letter.Report).ToListAsync());
    }

    [Fact]
    public async Task ItRunsAtTheStart_AndEveryDay()
    {
        var tables = new UsageRepository(_store, UsageHarness.CostOf);
        await tables.WriteAsync(UsageParts.Whole(1), CancellationToken.None);
        _time.Advance(TimeSpan.FromDays(7.5));
        using var retention = Make(days: 7);

        await retention.StartAsync(CancellationToken.None);
        await UntilAsync(async () => (await UsageState.ReadAsync(_store)).Rows.Count == 0);
        var late = UsageParts.Decided("late");
        late.Time = _time.GetUtcNow();
        await tables.WriteAsync([late], CancellationToken.None);
        await UntilAsync(async () =>
        {
            _time.Advance(TimeSpan.FromDays(1));
            return (await UsageState.ReadAsync(_store)).Rows.Count == 0;
        });
        await retention.StopAsync(CancellationToken.None);

        Assert.True(_time.GetUtcNow() >= late.Time + TimeSpan.FromDays(7));
    }

    private UsageRetention Make(int days) => new(_store, new() { RetentionDays = days }, _time, NullLogger<UsageRetention>.Instance);

    private async Task AddOthersAsync()
    {
        await using var context = _store.Open();
        foreach (var (id, time) in new[] { ("old", UsageParts.Start), ("new", _time.GetUtcNow()) })
        {
            context.Interceptions.Add(
                new()
                {
                    Id = id,
                    InitiatorId = "u",
                    ApiKeyId = "k",
                    Provider = "p",
                    ProviderName = "p",
                    Model = "m",
                    Metadata = "{}",
                    CredentialKind = "centralized",
                    StartedAt = time,
                }
            );
            context.TokenUsages.Add(
                new()
                {
                    InterceptionId = id,
                    MsgId = "m",
                    Metadata = "{}",
                    CreatedAt = time,
                }
            );
            context.BilledObjects.Add(
                new()
                {
                    Provider = "openai",
                    ObjectId = id,
                    DecisionId = id,
                    Time = time,
                }
            );
            context.DeadLetters.Add(
                new()
                {
                    At = time,
                    Problem = "p",
                    Report = id,
                }
            );
        }

        await context.SaveChangesAsync();
    }

    private static async Task UntilAsync(Func<Task<bool>> isTrue)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await isTrue())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
