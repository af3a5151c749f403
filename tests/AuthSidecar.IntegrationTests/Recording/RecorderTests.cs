using System.Text.Json.Nodes;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using AuthSidecar.V1;
using Grpc.Core;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using static AuthSidecar.IntegrationTests.Recording.Records;

namespace AuthSidecar.IntegrationTests.Recording;

/// <summary>Permission to record, handling of texts, and behaviour while the store is down.</summary>
public sealed class RecorderTests : IDisposable
{
    private readonly SidecarSandbox _sandbox = new();

    public RecorderTests()
    {
        _sandbox.Settings["Usage"] = new JsonObject { ["RetentionDays"] = 36500 };
        _sandbox.Save();
    }

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task WithoutAServiceCredential_NothingIsRecorded()
    {
        await using var harness = await RecorderHarness.StartAsync(_sandbox);

        var fault = await Assert.ThrowsAsync<RpcException>(async () =>
            await harness.Recorder.RecordInterceptionAsync(Interception(NewId()))
        );

        Assert.Equal(StatusCode.Unauthenticated, fault.StatusCode);
        await harness.UsageAsync(0);
    }

    [Fact]
    public async Task ByDefault_TextsAreValidatedAndNotStored()
    {
        await using var harness = await RecorderHarness.StartAsync(_sandbox);
        var id = NewId();
        await harness.Recorder.RecordInterceptionAsync(Interception(id), RecorderHarness.Headers);

        await harness.Recorder.RecordPromptUsageAsync(Prompt(id), RecorderHarness.Headers);
        await harness.Recorder.RecordToolUsageAsync(Tool(id), RecorderHarness.Headers);
        await harness.Recorder.RecordModelThoughtAsync(Thought(id), RecorderHarness.Headers);
        await harness.Recorder.RecordTokenUsageAsync(Tokens(id), RecorderHarness.Headers);
        var unknown = await ErrorAsync(() =>
            harness.Recorder.RecordPromptUsageAsync(Prompt(NewId()), RecorderHarness.Headers).ResponseAsync
        );
        var bad = await ErrorAsync(() => harness.Recorder.RecordModelThoughtAsync(Thought("1"), RecorderHarness.Headers).ResponseAsync);

        Assert.Equal((StatusCode.InvalidArgument, StatusCode.InvalidArgument), (unknown.Code, bad.Code));
        await using var context = harness.Store.Open();
        Assert.Equal(
            (1, 0, 0, 0),
            (
                await context.TokenUsages.CountAsync(),
                await context.PromptUsages.CountAsync(),
                await context.ToolUsages.CountAsync(),
                await context.ModelThoughts.CountAsync()
            )
        );
        Assert.Equal(10, Assert.Single((await harness.UsageAsync(1)).Rows).InputTokens);
    }

    [Fact]
    public async Task WhileTheStoreIsLocked_EveryRecordIsRefused_AndAcceptedAfterwards()
    {
        await using var harness = await RecorderHarness.StartAsync(_sandbox);
        var id = NewId();
        await harness.Recorder.RecordInterceptionAsync(Interception(id), RecorderHarness.Headers);

        await using (
            var connection = new SqliteConnection($"Data Source={Path.Combine(_sandbox.DataDirectory, "authsidecar.db")};Pooling=False")
        )
        {
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await AllUnavailableAsync(harness.Recorder, id);
        }

        await harness.Recorder.RecordTokenUsageAsync(Tokens(id), RecorderHarness.Headers);
        Assert.Equal(10, Assert.Single((await harness.UsageAsync(1)).Rows).InputTokens);
    }

    [RequiresFact("postgres")]
    public async Task WhilePostgresIsDown_EveryRecordIsRefused_AndAcceptedAfterwards()
    {
        await using var postgres = await PostgresServer.StartAsync();
        _sandbox.Settings["Store"] = new JsonObject
        {
            ["Provider"] = "postgres",
            ["ConnectionString"] = $"file:{_sandbox.WriteSecret("store", await postgres.CreateDatabaseAsync())}",
        };
        _sandbox.Settings["Auth"]!["Peppers"] = new JsonArray($"file:{_sandbox.WriteSecret("pepper", "a pepper that all replicas share")}");
        _sandbox.Save();
        await using (await KeySeeder.OpenAsync(_sandbox))
        {
            // Runs the migrations.
        }

        await using var harness = await RecorderHarness.StartAsync(_sandbox);
        var id = NewId();
        await harness.Recorder.RecordInterceptionAsync(Interception(id), RecorderHarness.Headers);

        await postgres.KillAsync();
        await AllUnavailableAsync(harness.Recorder, id);
        await postgres.StartAgainAsync();

        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await harness.Recorder.RecordTokenUsageAsync(Tokens(id), RecorderHarness.Headers);
                    return true;
                }
                catch (RpcException fault) when (fault.StatusCode == StatusCode.Unavailable)
                {
                    return false;
                }
            },
            "the store takes records again"
        );
        Assert.Equal(10, Assert.Single((await harness.UsageAsync(1)).Rows).InputTokens);
    }

    /// <summary>In WAL mode, a commit with less than FULL (2) would survive a kill, but not a power failure.</summary>
    [Fact]
    public async Task Commit_IsOnTheDisk()
    {
        await using var store = SqliteStore.For(new(), _sandbox.DataDirectory, TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);
        await using var transaction = await store.BeginUsageAsync(CancellationToken.None);
        await using var context = transaction.Open();

        Assert.Equal(
            (2L, "wal"),
            (
                (await context.Database.SqlQueryRaw<long>("SELECT synchronous AS Value FROM pragma_synchronous").ToListAsync())[0],
                (await context.Database.SqlQueryRaw<string>("SELECT journal_mode AS Value FROM pragma_journal_mode").ToListAsync())[0]
            )
        );
    }

    private static async Task AllUnavailableAsync(Recorder.RecorderClient recorder, string id)
    {
        await UnavailableAsync(() => recorder.RecordInterceptionAsync(Interception(NewId()), RecorderHarness.Headers).ResponseAsync);
        await UnavailableAsync(() => recorder.RecordInterceptionEndedAsync(End(id), RecorderHarness.Headers).ResponseAsync);
        await UnavailableAsync(() => recorder.RecordTokenUsageAsync(Tokens(id), RecorderHarness.Headers).ResponseAsync);
        await UnavailableAsync(() => recorder.RecordPromptUsageAsync(Prompt(id), RecorderHarness.Headers).ResponseAsync);
        await UnavailableAsync(() => recorder.RecordToolUsageAsync(Tool(id), RecorderHarness.Headers).ResponseAsync);
        await UnavailableAsync(() => recorder.RecordModelThoughtAsync(Thought(id), RecorderHarness.Headers).ResponseAsync);
    }

    private static async Task UnavailableAsync(Func<Task> call)
    {
        var error = await ErrorAsync(call);
        Assert.Equal((StatusCode.Unavailable, "store_unavailable", "The store does not answer."), error);
    }
}
