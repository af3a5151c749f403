using AuthSidecar.IntegrationTests.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using static AuthSidecar.IntegrationTests.Recording.Records;

namespace AuthSidecar.IntegrationTests.Recording;

/// <summary>Invalid records are rejected with the field's name, and no part of them is stored.</summary>
public abstract partial class RecorderContract
{
    [RequiresStoreFact]
    public async Task Interception_WithoutItsIds_IsRefused()
    {
        var id = NewId();

        await RefusedAsync("invalid interception ID", () => StartAsync(With(Interception(id), request => request.Id = "1")));
        await RefusedAsync("invalid interception ID", () => StartAsync(With(Interception(id), request => request.Id = "")));
        await RefusedAsync("invalid initiator ID", () => StartAsync(With(Interception(id), request => request.InitiatorId = "ada")));
        await RefusedAsync("empty API key ID", () => StartAsync(With(Interception(id), request => request.ApiKeyId = "")));
        await RefusedAsync("invalid interception ID", () =>
            Recorder.RecordInterceptionEndedAsync(End("1"), RecorderHarness.Headers).ResponseAsync
        );
        await NothingAsync(interceptions: 0);
    }

    [RequiresStoreFact]
    public async Task EverythingElse_WithoutAnId_IsRefused()
    {
        const string Complaint = "failed to parse interception_id";

        await RefusedAsync(Complaint, () => Recorder.RecordTokenUsageAsync(Tokens("1"), RecorderHarness.Headers).ResponseAsync);
        await RefusedAsync(Complaint, () => Recorder.RecordPromptUsageAsync(Prompt("{}"), RecorderHarness.Headers).ResponseAsync);
        await RefusedAsync(Complaint, () => Recorder.RecordToolUsageAsync(Tool(""), RecorderHarness.Headers).ResponseAsync);
        await RefusedAsync(Complaint, () => Recorder.RecordModelThoughtAsync(Thought("no"), RecorderHarness.Headers).ResponseAsync);
        await NothingAsync(interceptions: 0);
    }

    [RequiresStoreFact]
    public async Task UnknownInterception_IsRefused()
    {
        const string Complaint = "unknown interception";
        var id = NewId();

        await RefusedAsync(Complaint, () => Recorder.RecordInterceptionEndedAsync(End(id), RecorderHarness.Headers).ResponseAsync);
        await RefusedAsync(Complaint, () => Recorder.RecordTokenUsageAsync(Tokens(id), RecorderHarness.Headers).ResponseAsync);
        await RefusedAsync(Complaint, () => Recorder.RecordPromptUsageAsync(Prompt(id), RecorderHarness.Headers).ResponseAsync);
        await RefusedAsync(Complaint, () => Recorder.RecordToolUsageAsync(Tool(id), RecorderHarness.Headers).ResponseAsync);
        await RefusedAsync(Complaint, () => Recorder.RecordModelThoughtAsync(Thought(id), RecorderHarness.Headers).ResponseAsync);
        await NothingAsync(interceptions: 0);
    }

    [RequiresStoreFact]
    public async Task Counts_BelowZeroOrTooLarge_AreRefused()
    {
        var id = NewId();
        await StartAsync(Interception(id));

        foreach (var count in new[] { -1, 1_000_000_000_001, long.MaxValue, long.MinValue })
        {
            await RefusedAsync("input_tokens", () => RecordAsync(request => request.InputTokens = count));
            await RefusedAsync("output_tokens", () => RecordAsync(request => request.OutputTokens = count));
            await RefusedAsync("cache_read_input_tokens", () => RecordAsync(request => request.CacheReadInputTokens = count));
            await RefusedAsync("cache_write_input_tokens", () => RecordAsync(request => request.CacheWriteInputTokens = count));
        }

        await NothingAsync(interceptions: 1);

        Task RecordAsync(Action<RecordTokenUsageRequest> change) =>
            Recorder.RecordTokenUsageAsync(With(Tokens(id), change), RecorderHarness.Headers).ResponseAsync;
    }

    [RequiresStoreFact]
    public async Task UnstorableValues_AreRefused_AndOthersAreStored()
    {
        var id = NewId();

        await RefusedAsync("model has a NUL character", () => StartAsync(With(Interception(id), request => request.Model = "a\0b")));
        await RefusedAsync("model is longer", () => StartAsync(With(Interception(id), request => request.Model = new('m', 257))));
        await RefusedAsync("started_at is not a time", () =>
            StartAsync(With(Interception(id), request => request.StartedAt = new() { Seconds = 1, Nanos = -1 }))
        );
        await StartAsync(With(Interception(id), request => request.Model = new('m', 256)));
        await RefusedAsync("prompt has a NUL character", () =>
            Recorder.RecordPromptUsageAsync(With(Prompt(id), request => request.Prompt = "\0"), RecorderHarness.Headers).ResponseAsync
        );
        await NothingAsync(interceptions: 1);
    }

    [RequiresStoreFact]
    public async Task ClocksThatJump_EndAtOurs()
    {
        var (ahead, behind, unset, reversed) = (NewId(), NewId(), NewId(), NewId());
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);

        await StartAsync(
            With(Interception(ahead), request => request.StartedAt = Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow.AddHours(1)))
        );
        await StartAsync(
            With(Interception(behind), request => request.StartedAt = Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow.AddHours(-25)))
        );
        await StartAsync(With(Interception(unset), request => request.StartedAt = new() { Seconds = -62135596800 }));
        await StartAsync(Interception(reversed));
        await Recorder.RecordInterceptionEndedAsync(With(End(reversed), request => request.EndedAt = At(-1)), RecorderHarness.Headers);
        await Recorder.RecordInterceptionEndedAsync(
            With(End(ahead), request => request.EndedAt = new() { Seconds = 253402300799 }),
            RecorderHarness.Headers
        );

        var after = DateTimeOffset.UtcNow;
        Assert.InRange((await InterceptionAsync(ahead)).StartedAt, before, after);
        Assert.InRange((await InterceptionAsync(ahead)).EndedAt!.Value, before, after);
        Assert.InRange((await InterceptionAsync(behind)).StartedAt, before, after);
        Assert.InRange((await InterceptionAsync(unset)).StartedAt, before, after);
        Assert.Equal(Start, (await InterceptionAsync(reversed)).EndedAt);
        Assert.Equal(
            0,
            (await _harnesses[0].UsageAsync(4))
                .Rows.Single(row => row.DecisionId == reversed.Replace("-", "", StringComparison.Ordinal))
                .DurationMs
        );
    }

    [RequiresStoreFact]
    public async Task HowItEnded_IsTheRowsOutcome()
    {
        var (left, failed, nameless) = (NewId(), NewId(), NewId());
        foreach (var id in new[] { left, failed, nameless })
        {
            await StartAsync(Interception(id));
        }

        await Recorder.RecordInterceptionEndedAsync(End(left, "client_disconnect"), RecorderHarness.Headers);
        await Recorder.RecordInterceptionEndedAsync(
            With(End(failed, "overloaded_error"), request =>
                (request.ErrorMessage, request.CredentialHint) = ("The model is busy.", "sk-...new")
            ),
            RecorderHarness.Headers
        );
        await Recorder.RecordInterceptionEndedAsync(
            With(End(nameless), request => request.ErrorMessage = "Gone."),
            RecorderHarness.Headers
        );

        Assert.Equal(
            ("overloaded_error", "The model is busy.", "sk-...new"),
            (
                (await InterceptionAsync(failed)).ErrorType,
                (await InterceptionAsync(failed)).ErrorMessage,
                (await InterceptionAsync(failed)).CredentialHint
            )
        );
        Assert.Equal(
            (null, "Gone.", "sk-...xyz"),
            (
                (await InterceptionAsync(nameless)).ErrorType,
                (await InterceptionAsync(nameless)).ErrorMessage,
                (await InterceptionAsync(nameless)).CredentialHint
            )
        );
        var rows = (await _harnesses[0].UsageAsync(3)).Rows.ToDictionary(row => row.DecisionId, row => (row.Outcome, row.ErrorType));
        Assert.Equal(("client_disconnect", "client_disconnect"), rows[left.Replace("-", "", StringComparison.Ordinal)]);
        Assert.Equal(("upstream_error", "overloaded_error"), rows[failed.Replace("-", "", StringComparison.Ordinal)]);
        Assert.Equal(("upstream_error", null), rows[nameless.Replace("-", "", StringComparison.Ordinal)]);
    }

    private static async Task RefusedAsync(string complaint, Func<Task> call)
    {
        var error = await ErrorAsync(call);
        Assert.Equal((StatusCode.InvalidArgument, "malformed"), (error.Code, error.Reason));
        Assert.StartsWith(complaint, error.Message, StringComparison.Ordinal);
    }

    private async Task NothingAsync(int interceptions)
    {
        await using var context = _harnesses[0].Store.Open();
        Assert.Equal(interceptions, await context.Interceptions.CountAsync());
        Assert.Equal(
            (0, 0, 0, 0),
            (
                await context.TokenUsages.CountAsync(),
                await context.PromptUsages.CountAsync(),
                await context.ToolUsages.CountAsync(),
                await context.ModelThoughts.CountAsync()
            )
        );
        Assert.All((await UsageState.ReadAsync(_harnesses[0].Store)).Rows, row => Assert.Null(row.InputTokens));
    }
}
