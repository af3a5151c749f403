using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.IntegrationTests.Storage;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using AuthSidecar.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using static AuthSidecar.IntegrationTests.Recording.Records;

namespace AuthSidecar.IntegrationTests.Recording;

/// <summary>Records sent over gRPC are stored unchanged, in every store.</summary>
public abstract partial class RecorderContract : IAsyncLifetime
{
    private readonly List<RecorderHarness> _harnesses = [];

    private SidecarSandbox Sandbox { get; } = new();

    private Recorder.RecorderClient Recorder => _harnesses[0].Recorder;

    public async Task InitializeAsync()
    {
        Sandbox.Settings["Usage"] = new System.Text.Json.Nodes.JsonObject { ["RecordText"] = true, ["RetentionDays"] = 36500 };
        await PrepareAsync(Sandbox);
        Sandbox.Save();
        await using (await KeySeeder.OpenAsync(Sandbox))
        {
            // Runs the migrations.
        }

        await StartAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var harness in _harnesses)
        {
            await harness.DisposeAsync();
        }

        Sandbox.Dispose();
    }

    private protected virtual Task PrepareAsync(SidecarSandbox sandbox) => Task.CompletedTask;

    private async Task<RecorderHarness> StartAsync()
    {
        _harnesses.Add(await RecorderHarness.StartAsync(Sandbox));
        return _harnesses[^1];
    }

    [RequiresStoreFact]
    public async Task Interception_IsStoredAsReported_AndIsARow()
    {
        var id = NewId();

        await StartAsync(Interception(id.ToUpperInvariant()));
        await Recorder.RecordInterceptionEndedAsync(End(id), RecorderHarness.Headers);

        var stored = await InterceptionAsync(id);
        Assert.Equal(
            (id, Initiator, Key, "openai", "openai", "gpt-5"),
            (stored.Id, stored.InitiatorId, stored.ApiKeyId, stored.Provider, stored.ProviderName, stored.Model)
        );
        Assert.Equal("""{"key":123.45,"request_user_agent":"codex/1.2 (linux)"}""", stored.Metadata);
        Assert.Equal(("codex", "session", null, null), (stored.Client, stored.ClientSessionId, stored.ParentId, stored.RootId));
        Assert.Equal(
            ("byok", "sk-...xyz", "0195d3c4-0000-7000-8000-0000000000ff", 7),
            (stored.CredentialKind, stored.CredentialHint, stored.FirewallSessionId, stored.FirewallSequence)
        );
        Assert.Equal(
            (Start, Start.AddMilliseconds(1500), null, null),
            (stored.StartedAt, stored.EndedAt, stored.ErrorType, stored.ErrorMessage)
        );
        var row = Assert.Single((await _harnesses[0].UsageAsync(1)).Rows);
        Assert.Equal(
            (id.Replace("-", "", StringComparison.Ordinal), Start, Key, Initiator),
            (row.DecisionId, row.Time, row.KeyId, row.UserId)
        );
        Assert.Equal(
            ("openai", "gpt-5", "byok", "codex", null, null),
            (row.Provider, row.Model, row.Mode, row.Client, row.Path, row.Decision)
        );
        Assert.Equal((1500L, "no_usage", null, null, null), (row.DurationMs, row.Outcome, row.ErrorType, row.InputTokens, row.CostMicros));
    }

    [RequiresStoreFact]
    public async Task SparseInterception_HasNullsAndDefaults()
    {
        var id = NewId();
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);

        await StartAsync(
            new RecordInterceptionRequest
            {
                Id = id,
                InitiatorId = Initiator,
                ApiKeyId = Key,
                Provider = "openai",
                ProviderName = " \t ",
                UserAgent = "Claude-CLI/2",
                ClientSessionId = "",
                CredentialKind = "stolen",
                AgentFirewallSessionId = "no uuid",
            }
        );

        var stored = await InterceptionAsync(id);
        Assert.Equal(("openai", "", """{"request_user_agent":"Claude-CLI/2"}"""), (stored.ProviderName, stored.Model, stored.Metadata));
        Assert.Equal(
            (null, null, null, null, null, "centralized"),
            (
                stored.Client,
                stored.ClientSessionId,
                stored.CredentialHint,
                stored.FirewallSessionId,
                stored.FirewallSequence,
                stored.CredentialKind
            )
        );
        Assert.InRange(stored.StartedAt, before, DateTimeOffset.UtcNow);
        var row = Assert.Single((await _harnesses[0].UsageAsync(1)).Rows);
        Assert.Equal(("openai", null, "claude", null), (row.Provider, row.Model, row.Client, row.Outcome));
    }

    [RequiresStoreFact]
    public async Task ProviderName_IsTrimmed_AndTheRowsProvider()
    {
        var id = NewId();

        await StartAsync(With(Interception(id), request => (request.Provider, request.ProviderName) = ("openai", "  azure-eu ")));

        Assert.Equal(("openai", "azure-eu"), ((await InterceptionAsync(id)).Provider, (await InterceptionAsync(id)).ProviderName));
        Assert.Equal("azure-eu", Assert.Single((await _harnesses[0].UsageAsync(1)).Rows).Provider);
    }

    [RequiresStoreFact]
    public async Task UserAgent_ReplacesTheMetadataEntry_AndNonValuesAreOmitted()
    {
        var id = NewId();

        await StartAsync(With(Interception(id), request =>
            {
                request.Metadata["request_user_agent"] = Pack(Value.ForString("another"));
                request.Metadata["b"] = Pack(new StringValue { Value = "no Value" });
                request.Metadata["c"] = Pack(Value.ForNumber(double.NaN));
                request.Metadata["d"] = new Any
                {
                    TypeUrl = "type.googleapis.com/google.protobuf.Value",
                    Value = ByteString.CopyFrom(0xFF),
                };
                request.Metadata["é\"\0"] = Pack(Value.ForStruct(new() { Fields = { ["x\0"] = Value.ForList(Value.ForNull()) } }));
            }));

        using var metadata = System.Text.Json.JsonDocument.Parse((await InterceptionAsync(id)).Metadata);
        Assert.Equal(["key", "request_user_agent", "é\"\0"], metadata.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal("codex/1.2 (linux)", metadata.RootElement.GetProperty("request_user_agent").GetString());
        Assert.Equal("""{"x\u0000":[null]}""", metadata.RootElement.GetProperty("é\"\0").GetRawText());
    }

    [RequiresStoreFact]
    public async Task Tokens_AreStoredAsReported_AndAddUpInTheRow()
    {
        var id = NewId();
        await StartAsync(Interception(id));

        await Recorder.RecordTokenUsageAsync(Tokens(id), RecorderHarness.Headers);
        await Recorder.RecordTokenUsageAsync(Tokens(id, 0, 1_000_000_000_000, "msg_2"), RecorderHarness.Headers);
        await Recorder.RecordInterceptionEndedAsync(End(id), RecorderHarness.Headers);

        await using var context = _harnesses[0].Store.Open();
        var stored = await context.TokenUsages.OrderBy(usage => usage.Id).ToListAsync();
        Assert.Equal(
            (id, "msg_1", 10L, 5L, 3L, 2L),
            (
                stored[0].InterceptionId,
                stored[0].MsgId,
                stored[0].InputTokens,
                stored[0].OutputTokens,
                stored[0].CacheReadTokens,
                stored[0].CacheWriteTokens
            )
        );
        Assert.Equal(
            ("""{"tier":"flex"}""", At(1000).ToDateTimeOffset(), 25L),
            (stored[0].Metadata, stored[0].CreatedAt, stored[0].CostMicros)
        );
        Assert.Equal(("msg_2", 3_000_000_000_000L), (stored[1].MsgId, stored[1].CostMicros));
        var state = await _harnesses[0].UsageAsync(1);
        var row = Assert.Single(state.Rows);
        Assert.Equal(
            (10L, 1_000_000_000_005L, 6L, 4L, null),
            (row.InputTokens, row.OutputTokens, row.CachedReadTokens, row.CachedWriteTokens, row.ReasoningTokens)
        );
        Assert.Equal(("complete", 3_000_000_000_025L), (row.Outcome, row.CostMicros));
        Assert.Equal([$"Key {Key} {Month} 3000000000025", $"User {Initiator} {Month} 3000000000025"], state.Spends);
    }

    [RequiresStoreFact]
    public async Task Texts_AreStoredAsReported()
    {
        var id = NewId();
        await StartAsync(Interception(id));

        await Recorder.RecordPromptUsageAsync(Prompt(id), RecorderHarness.Headers);
        await Recorder.RecordToolUsageAsync(Tool(id), RecorderHarness.Headers);
        await Recorder.RecordToolUsageAsync(
            new()
            {
                InterceptionId = id,
                Tool = "bare",
                ToolCallId = "",
                ServerUrl = "",
                InvocationError = "",
            },
            RecorderHarness.Headers
        );
        await Recorder.RecordToolUsageAsync(new() { InterceptionId = id, Tool = "barest" }, RecorderHarness.Headers);
        await Recorder.RecordModelThoughtAsync(Thought(id), RecorderHarness.Headers);

        await using var context = _harnesses[0].Store.Open();
        var prompt = await context.PromptUsages.SingleAsync();
        Assert.Equal(
            (id, "msg_1", "What is it? 日本 😀", """{"n":null}""", At(10).ToDateTimeOffset()),
            (prompt.InterceptionId, prompt.MsgId, prompt.Prompt, prompt.Metadata, prompt.CreatedAt)
        );
        var tools = await context.ToolUsages.OrderBy(tool => tool.Id).ToListAsync();
        Assert.Equal(
            ("msg_1", "https://tools.example", "look_up", """{"q":"it"}""", true, "timed out"),
            (tools[0].MsgId, tools[0].ServerUrl, tools[0].Tool, tools[0].Input, tools[0].IsInjected, tools[0].InvocationError)
        );
        Assert.Equal(
            ("call_1", "item_1", """{"list":[true,{"deep":1}]}""", At(20).ToDateTimeOffset()),
            (tools[0].ToolCallId, tools[0].ItemId, tools[0].Metadata, tools[0].CreatedAt)
        );
        Assert.Equal(
            ("bare", "", "", null, null, false),
            (tools[1].Tool, tools[1].ServerUrl, tools[1].InvocationError, tools[1].ToolCallId, tools[1].ItemId, tools[1].IsInjected)
        );
        Assert.Equal(("barest", null, null, "{}"), (tools[2].Tool, tools[2].ServerUrl, tools[2].InvocationError, tools[2].Metadata));
        var thought = await context.ModelThoughts.SingleAsync();
        Assert.Equal(
            (id, "It may be that.", """{"a":"b"}""", At(30).ToDateTimeOffset()),
            (thought.InterceptionId, thought.Content, thought.Metadata, thought.CreatedAt)
        );
        Assert.Null(Assert.Single((await _harnesses[0].UsageAsync(1)).Rows).InputTokens);
    }

    [RequiresStoreFact]
    public async Task Thread_IsFoundByTheToolCall()
    {
        var (root, child, grandchild, stranger) = (NewId(), NewId(), NewId(), NewId());
        await StartAsync(With(Interception(root), request => request.CorrelatingToolCallId = ""));
        await Recorder.RecordToolUsageAsync(Tool(root, "call_root"), RecorderHarness.Headers);
        await StartAsync(With(Interception(child), request => request.CorrelatingToolCallId = "call_root"));
        await Recorder.RecordToolUsageAsync(Tool(child, "call_child"), RecorderHarness.Headers);
        await StartAsync(With(Interception(grandchild), request => request.CorrelatingToolCallId = "call_child"));
        await StartAsync(With(Interception(stranger), request => request.CorrelatingToolCallId = "call_of_nobody"));

        Assert.Equal((null, null), await ThreadAsync(root));
        Assert.Equal((root, root), await ThreadAsync(child));
        Assert.Equal((child, root), await ThreadAsync(grandchild));
        Assert.Equal((null, null), await ThreadAsync(stranger));

        async Task<(string?, string?)> ThreadAsync(string id) =>
            ((await InterceptionAsync(id)).ParentId, (await InterceptionAsync(id)).RootId);
    }

    [RequiresStoreFact]
    public async Task Repeating_ChangesNothing()
    {
        var id = NewId();
        for (var time = 0; time < 2; time++)
        {
            await StartAsync(Interception(id));
            await Recorder.RecordTokenUsageAsync(Tokens(id), RecorderHarness.Headers);
            await Recorder.RecordPromptUsageAsync(Prompt(id), RecorderHarness.Headers);
            await Recorder.RecordToolUsageAsync(Tool(id), RecorderHarness.Headers);
            await Recorder.RecordModelThoughtAsync(Thought(id), RecorderHarness.Headers);
            await Recorder.RecordInterceptionEndedAsync(End(id), RecorderHarness.Headers);
        }

        await StartAsync(With(Interception(id), request => request.Model = "another"));
        await Recorder.RecordInterceptionEndedAsync(End(id, "overloaded"), RecorderHarness.Headers);

        await using var context = _harnesses[0].Store.Open();
        Assert.Equal(
            (1, 1, 1, 1),
            (
                await context.TokenUsages.CountAsync(),
                await context.PromptUsages.CountAsync(),
                await context.ToolUsages.CountAsync(),
                await context.ModelThoughts.CountAsync()
            )
        );
        var row = Assert.Single((await _harnesses[0].UsageAsync(1)).Rows);
        Assert.Equal(("gpt-5", 10L, "complete", null), (row.Model, row.InputTokens, row.Outcome, row.ErrorType));
    }

    [RequiresStoreFact]
    public async Task RepeatingByAClockThatIsWrong_ChangesNothing()
    {
        foreach (
            var moment in new[]
            {
                Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow.AddHours(1)),
                new() { Seconds = -62135596800 },
                new() { Seconds = 253402300799 },
            }
        )
        {
            var id = NewId();
            for (var time = 0; time < 2; time++)
            {
                await StartAsync(Interception(id));
                await Recorder.RecordTokenUsageAsync(With(Tokens(id), request => request.CreatedAt = moment), RecorderHarness.Headers);
                await Recorder.RecordToolUsageAsync(With(Tool(id), request => request.CreatedAt = moment), RecorderHarness.Headers);
            }
        }

        await using var context = _harnesses[0].Store.Open();
        Assert.Equal((3, 3), (await context.TokenUsages.CountAsync(), await context.ToolUsages.CountAsync()));
        Assert.All((await _harnesses[0].UsageAsync(3)).Rows, row => Assert.Equal(10, row.InputTokens));
    }

    /// <summary>
    /// Without a time, two equal records are indistinguishable from one sent twice; a record that differs in anything is another one.
    /// </summary>
    [RequiresStoreFact]
    public async Task DifferentRecord_IsStoredSeparately()
    {
        var id = NewId();
        await StartAsync(Interception(id));

        await Recorder.RecordTokenUsageAsync(Tokens(id), RecorderHarness.Headers);
        await Recorder.RecordTokenUsageAsync(With(Tokens(id), request => request.MsgId = "msg_2"), RecorderHarness.Headers);
        await Recorder.RecordTokenUsageAsync(With(Tokens(id), request => request.Metadata.Clear()), RecorderHarness.Headers);
        await Recorder.RecordTokenUsageAsync(With(Tokens(id), request => request.CreatedAt = null), RecorderHarness.Headers);
        await Recorder.RecordTokenUsageAsync(With(Tokens(id), request => request.CreatedAt = null), RecorderHarness.Headers);

        Assert.Equal(50, Assert.Single((await _harnesses[0].UsageAsync(1)).Rows).InputTokens);
    }

    /// <summary>All records concurrently, through two sidecars on one store, each record sent four times.</summary>
    [RequiresStoreFact]
    public async Task ConcurrentRecords_AreStoredOnce_WithExactSums()
    {
        var others = (await StartAsync()).Recorder;
        var ids = Enumerable.Range(0, Heavy.Or(200, 20)).Select(_ => NewId()).ToList();

        await FourTimesAsync(ids, (client, id, _) =>
            client.RecordInterceptionAsync(Interception(id), RecorderHarness.Headers).ResponseAsync
        );
        await FourTimesAsync(ids.SelectMany(id => Enumerable.Range(0, 5).Select(number => (id, number))), (client, one, _) =>
            client.RecordTokenUsageAsync(Tokens(one.id, message: $"msg_{one.number}"), RecorderHarness.Headers).ResponseAsync
        );
        await FourTimesAsync(ids, (client, id, copy) =>
            client.RecordInterceptionEndedAsync(End(id), RecorderHarness.Headers).ResponseAsync
        );

        var state = await _harnesses[0].UsageAsync(ids.Count);
        Assert.All(state.Rows, row =>
            Assert.Equal((50L, 25L, "complete", 125L), (row.InputTokens, row.OutputTokens, row.Outcome, row.CostMicros))
        );
        await using var context = _harnesses[0].Store.Open();
        Assert.Equal((ids.Count, 5 * ids.Count), (await context.Interceptions.CountAsync(), await context.TokenUsages.CountAsync()));

        async Task FourTimesAsync<T>(IEnumerable<T> items, Func<Recorder.RecorderClient, T, int, Task> record) =>
            await Task.WhenAll(
                items.SelectMany(item =>
                    Enumerable.Range(0, 4).Select(copy => AgainAsync(() => record(copy % 2 == 0 ? Recorder : others, item, copy)))
                )
            );

        // Two processes on one SQLite file can conflict; a client retries on that error.
        static async Task AgainAsync(Func<Task> record)
        {
            while (true)
            {
                try
                {
                    await record();
                    return;
                }
                catch (RpcException fault) when (fault.StatusCode == StatusCode.Unavailable)
                {
                    await Task.Delay(20);
                }
            }
        }
    }

    [RequiresStoreFact]
    public async Task ServicesKey_SpendsForItself_AndForItsTenant()
    {
        await using var seeder = await KeySeeder.OpenAsync(Sandbox);
        await seeder.AddUserAsync("ada");
        Assert.Null((await new CreateTenant(seeder.Store, TimeProvider.System).RunAsync("acme", default)).Refusal);
        var key = (
            await new CreateKey(seeder.Store, seeder.Hasher, TimeProvider.System).RunAsync(
                new("ada") { Subject = SubjectType.Service, Tenant = "acme" },
                CancellationToken.None
            )
        )
            .Value
            .Key
            .Id;
        var id = NewId();

        await StartAsync(With(Interception(id), request => request.ApiKeyId = key));
        await Recorder.RecordTokenUsageAsync(Tokens(id), RecorderHarness.Headers);

        var state = await _harnesses[0].UsageAsync(1);
        Assert.Equal((key, null, "acme"), (state.Rows[0].KeyId, state.Rows[0].UserId, state.Rows[0].Tenant));
        Assert.Equal([$"Key {key} {Month} 25"], state.Spends);
    }

    [RequiresStoreFact]
    public async Task DecisionsId_UpdatesThatDecisionsRow()
    {
        var id = NewId();
        var decided = UsageParts.Decided(id.Replace("-", "", StringComparison.Ordinal));
        _harnesses[0].Queue.Record(decided);
        await _harnesses[0].UsageAsync(1);

        await StartAsync(With(Interception(decided.DecisionId), request => request.ApiKeyId = "other"));
        await Recorder.RecordTokenUsageAsync(Tokens(id), RecorderHarness.Headers);

        var row = Assert.Single((await _harnesses[0].UsageAsync(1)).Rows);
        Assert.Equal(("key", "ada", "allow", 10L, "gpt-5"), (row.KeyId, row.UserId, row.Decision, row.InputTokens, row.Model));
    }

    private Task<RecordInterceptionResponse> StartAsync(RecordInterceptionRequest request) =>
        Recorder.RecordInterceptionAsync(request, RecorderHarness.Headers).ResponseAsync;

    private async Task<Interception> InterceptionAsync(string id)
    {
        await using var context = _harnesses[0].Store.Open();
        return await context.Interceptions.AsNoTracking().SingleAsync(interception => interception.Id == id);
    }

    private static T With<T>(T request, Action<T> change)
    {
        change(request);
        return request;
    }
}
