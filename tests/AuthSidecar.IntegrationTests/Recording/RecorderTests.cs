using System.Text.Json.Nodes;
using AuthSidecar.Storage.Sqlite;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using AuthSidecar.V1;
using Grpc.Core;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using static AuthSidecar.IntegrationTests.Recording.Records;

namespace AuthSidecar.IntegrationTests.Recording;

/// <summary>Who may record, what is kept of texts, and what happens while the store is down.</summary>
public sealed class RecorderTests : IDisposable
{
    private readonly SidecarHome _home = new();

    public RecorderTests()
    {
        _home.Settings["Usage"] = new JsonObject { ["RetentionDays"] = 36500 };
        _home.Save();
    }

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task WithoutAServiceCredential_NothingIsRecorded()
    {
        await using var lab = await RecorderLab.StartAsync(_home);

        var fault = await Assert.ThrowsAsync<RpcException>(async () => await lab.Recorder.RecordInterceptionAsync(Interception(NewId())));

        Assert.Equal(StatusCode.Unauthenticated, fault.StatusCode);
        await lab.UsageAsync(0);
    }

    [Fact]
    public async Task ByDefault_TextsAreTakenAndNotKept_AndWhatIsWrongIsStillSaid()
    {
        await using var lab = await RecorderLab.StartAsync(_home);
        var id = NewId();
        await lab.Recorder.RecordInterceptionAsync(Interception(id), RecorderLab.Headers);

        await lab.Recorder.RecordPromptUsageAsync(Prompt(id), RecorderLab.Headers);
        await lab.Recorder.RecordToolUsageAsync(Tool(id), RecorderLab.Headers);
        await lab.Recorder.RecordModelThoughtAsync(Thought(id), RecorderLab.Headers);
        await lab.Recorder.RecordTokenUsageAsync(Tokens(id), RecorderLab.Headers);
        var unknown = await ErrorAsync(() => lab.Recorder.RecordPromptUsageAsync(Prompt(NewId()), RecorderLab.Headers).ResponseAsync);
        var bad = await ErrorAsync(() => lab.Recorder.RecordModelThoughtAsync(Thought("1"), RecorderLab.Headers).ResponseAsync);

        Assert.Equal((StatusCode.InvalidArgument, StatusCode.InvalidArgument), (unknown.Code, bad.Code));
        await using var context = lab.Store.Open();
        Assert.Equal((1, 0, 0, 0), (await context.TokenUsages.CountAsync(), await context.PromptUsages.CountAsync(), await context.ToolUsages.CountAsync(), await context.ModelThoughts.CountAsync()));
        Assert.Equal(10, Assert.Single((await lab.UsageAsync(1)).Rows).InputTokens);
    }

    [Fact]
    public async Task WhileTheStoreIsLocked_EveryRecordIsRefused_AndAfterwardsTaken()
    {
        await using var lab = await RecorderLab.StartAsync(_home);
        var id = NewId();
        await lab.Recorder.RecordInterceptionAsync(Interception(id), RecorderLab.Headers);

        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(_home.DataDirectory, "authsidecar.db")};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await AllUnavailableAsync(lab.Recorder, id);
        }

        await lab.Recorder.RecordTokenUsageAsync(Tokens(id), RecorderLab.Headers);
        Assert.Equal(10, Assert.Single((await lab.UsageAsync(1)).Rows).InputTokens);
    }

    [RequiresFact("postgres")]
    public async Task WhilePostgresIsGone_EveryRecordIsRefused_AndAfterwardsTaken()
    {
        await using var postgres = await PostgresServer.StartAsync();
        _home.Settings["Store"] = new JsonObject { ["Provider"] = "postgres", ["ConnectionString"] = $"file:{_home.WriteSecret("store", await postgres.CreateDatabaseAsync())}" };
        _home.Settings["Auth"]!["Peppers"] = new JsonArray($"file:{_home.WriteSecret("pepper", "a pepper that all replicas share")}");
        _home.Save();
        await using (await KeyDesk.OpenAsync(_home))
        {
            // Migrates.
        }

        await using var lab = await RecorderLab.StartAsync(_home);
        var id = NewId();
        await lab.Recorder.RecordInterceptionAsync(Interception(id), RecorderLab.Headers);

        await postgres.KillAsync();
        await AllUnavailableAsync(lab.Recorder, id);
        await postgres.StartAgainAsync();

        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await lab.Recorder.RecordTokenUsageAsync(Tokens(id), RecorderLab.Headers);
                    return true;
                }
                catch (RpcException fault) when (fault.StatusCode == StatusCode.Unavailable)
                {
                    return false;
                }
            },
            "the store takes records again");
        Assert.Equal(10, Assert.Single((await lab.UsageAsync(1)).Rows).InputTokens);
    }

    /// <summary>In WAL, a commit with less than FULL (2) would outlive a kill, and not a power cut.</summary>
    [Fact]
    public async Task Commit_IsOnTheDisk()
    {
        await using var store = SqliteStore.For(new(), _home.DataDirectory, TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);
        await using var transaction = await store.BeginUsageAsync(CancellationToken.None);
        await using var context = transaction.Open();

        Assert.Equal((2L, "wal"), ((await context.Database.SqlQueryRaw<long>("SELECT synchronous AS Value FROM pragma_synchronous").ToListAsync())[0], (await context.Database.SqlQueryRaw<string>("SELECT journal_mode AS Value FROM pragma_journal_mode").ToListAsync())[0]));
    }

    private static async Task AllUnavailableAsync(Recorder.RecorderClient recorder, string id)
    {
        await UnavailableAsync(() => recorder.RecordInterceptionAsync(Interception(NewId()), RecorderLab.Headers).ResponseAsync);
        await UnavailableAsync(() => recorder.RecordInterceptionEndedAsync(End(id), RecorderLab.Headers).ResponseAsync);
        await UnavailableAsync(() => recorder.RecordTokenUsageAsync(Tokens(id), RecorderLab.Headers).ResponseAsync);
        await UnavailableAsync(() => recorder.RecordPromptUsageAsync(Prompt(id), RecorderLab.Headers).ResponseAsync);
        await UnavailableAsync(() => recorder.RecordToolUsageAsync(Tool(id), RecorderLab.Headers).ResponseAsync);
        await UnavailableAsync(() => recorder.RecordModelThoughtAsync(Thought(id), RecorderLab.Headers).ResponseAsync);
    }

    private static async Task UnavailableAsync(Func<Task> call)
    {
        var error = await ErrorAsync(call);
        Assert.Equal((StatusCode.Unavailable, "store_unavailable", "The store does not answer."), error);
    }
}
