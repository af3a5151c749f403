using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.Platform.Telemetry;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.Usage.Recording;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.Tests.Usage.Recording;

public sealed class RecordBatcherTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>Records that share a commit, of which one makes it fail.</summary>
    [Fact]
    public async Task RecordThatTheStoreRefuses_IsRejected_AndOthersAreStored()
    {
        await using var store = SqliteStore.For(new(), _directory, TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSidecarMetrics()
            .AddSingleton(TimeProvider.System)
            .AddSingleton<Store>(store)
            .AddSingleton(new UsageOptions())
            .AddUsage(_directory)
            .AddRecording()
            .BuildServiceProvider();
        var batcher = services.GetRequiredService<RecordBatcher>();
        using var isOpen = new ManualResetEventSlim();
        var tries = new List<string>();

        var first = batcher.WriteAsync("a", session => Add(session, "a", () => isOpen.Wait()));
        var others = new[] { "d", "c", "b" }
            .Select(id => batcher.WriteAsync(id, session => Add(session, id, () => tries.Add(id))))
            .ToList();
        var bad = batcher.WriteAsync("c", session => Task.FromResult(
                session.Add(
                    new TokenUsage
                    {
                        InterceptionId = "nobody's",
                        MsgId = "",
                        Metadata = "{}",
                    }
                )
            ));
        isOpen.Set();

        Assert.Equal(RecordResult.Stored, await first);
        Assert.All(await Task.WhenAll(others), result => Assert.Equal(RecordResult.Stored, result));
        await Assert.ThrowsAsync<RecordRefusedException>(() => bad);
        // All together, then in halves: b and c, the bad one and d, the bad one alone, d alone.
        Assert.Equal(["b", "c", "d", "b", "c", "d", "d"], tries);
        await using var context = store.Open();
        Assert.Equal(
            ["a", "b", "c", "d"],
            await context.Interceptions.OrderBy(interception => interception.Id).Select(interception => interception.Id).ToListAsync()
        );
        Assert.Equal(4, await context.Usage.CountAsync());
        Assert.Equal(0, await context.TokenUsages.CountAsync());
    }

    /// <summary>Its own commit is over, so it does not wait for the write of a record that came later.</summary>
    [Fact]
    public async Task CommittedRecord_IsAnswered_WhileALaterRecordIsWritten()
    {
        await using var store = SqliteStore.For(new(), _directory, TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSidecarMetrics()
            .AddSingleton(TimeProvider.System)
            .AddSingleton<Store>(store)
            .AddSingleton(new UsageOptions())
            .AddUsage(_directory)
            .AddRecording()
            .BuildServiceProvider();
        var batcher = services.GetRequiredService<RecordBatcher>();
        using var isOpen = new ManualResetEventSlim();
        using var isLateOpen = new ManualResetEventSlim();
        Task<RecordResult>? late = null;

        var first = batcher.WriteAsync("a", session => Add(session, "a", () => isOpen.Wait()));
        var second = batcher.WriteAsync("b", session =>
            Add(session, "b", () => late ??= batcher.WriteAsync("d", inner => Add(inner, "d", () => isLateOpen.Wait())))
        );
        var third = batcher.WriteAsync("c", session => Add(session, "c", () => { }));
        isOpen.Set();
        try
        {
            Assert.Equal(RecordResult.Stored, await first);
            Assert.Equal(RecordResult.Stored, await second);
            Assert.Equal(RecordResult.Stored, await third.WaitAsync(TimeSpan.FromSeconds(5)));
        }
        finally
        {
            isLateOpen.Set();
        }

        Assert.Equal(RecordResult.Stored, await late!);
    }

    private static Task<RecordResult> Add(RecordSession session, string id, Action first)
    {
        first();
        session.Record(new() { DecisionId = id, Facts = UsageFacts.Recorded });
        return Task.FromResult(
            session.Add(
                new Interception
                {
                    Id = id,
                    InitiatorId = "u",
                    ApiKeyId = "k",
                    Provider = "p",
                    ProviderName = "p",
                    Model = "m",
                    Metadata = "{}",
                    CredentialKind = "centralized",
                }
            )
        );
    }
}
