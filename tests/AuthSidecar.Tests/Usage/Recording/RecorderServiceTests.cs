using AuthSidecar.Access.Companion;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.Platform.Telemetry;
using AuthSidecar.Tests.Envoy.ExtAuthz;
using AuthSidecar.Tests.Platform.Configuration;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.Usage.Recording;
using AuthSidecar.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Usage.Recording;

/// <summary>Times of client clocks, and stored texts.</summary>
public sealed class RecorderServiceTests : IAsyncLifetime, IDisposable
{
    private const string Id = "0195d3c4-0000-7000-8000-000000000001";
    private const string User = "0195d3c4-0000-7000-8000-0000000000aa";
    private const long Unset = -62135596800;
    private const long LastYear = 253402300799;

    private readonly SettingsDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new(2026, 2, 1, 0, 0, 10, TimeSpan.Zero));
    private ServiceProvider _services = null!;
    private Store _store = null!;

    private RecorderService Recorder => _services.GetRequiredService<RecorderService>();

    private DateTimeOffset Now => _time.GetUtcNow();

    public async Task InitializeAsync()
    {
        _directory.Write(SettingsSource.DefaultFile, """{ "Usage": { "RecordText": true } }""");
        _store = SqliteStore.For(new(), _directory.Root, _time);
        await _store.PrepareAsync(CancellationToken.None);
        _services = new ServiceCollection()
            .AddLogging()
            .AddSidecarMetrics()
            .AddSingleton<TimeProvider>(_time)
            .AddSingleton(_store)
            .AddSingleton(_directory.LoadGood().Usage)
            .AddUsage(_directory.Root)
            .AddSingleton<RowCost>(UsageHarness.CostOf)
            .AddRecording()
            .BuildServiceProvider();
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(-24 * 3600, false)]
    [InlineData((-24 * 3600) - 1, true)]
    [InlineData(-31 * 24 * 3600, true)]
    [InlineData(300, false)]
    [InlineData(301, true)]
    public Task Start_IsAcceptedWithinADayBehindAndFiveMinutesAhead(int seconds, bool isNow) =>
        StartIsAsync(Timestamp.FromDateTimeOffset(Now.AddSeconds(seconds)), isNow ? Now : Now.AddSeconds(seconds));

    [Theory]
    [InlineData(Unset)]
    [InlineData(LastYear)]
    public Task StartOfNoRealClock_IsNow(long seconds) => StartIsAsync(new() { Seconds = seconds }, Now);

    /// <summary>No budget applies to a past month.</summary>
    [Theory]
    [InlineData(-20, "202601")]
    [InlineData(-31 * 24 * 3600, "202602")]
    [InlineData(31 * 24 * 3600, "202602")]
    public async Task Cost_BelongsToTheMonthOfTheStart_ForAnyRecordTime(int seconds, string month)
    {
        await StartAsync(Timestamp.FromDateTimeOffset(Now.AddSeconds(seconds)));
        foreach (var moment in new[] { Now, Now.AddYears(-1), Now.AddYears(1) })
        {
            await Recorder.RecordTokenUsage(Tokens(moment), new TestCall());
        }

        Assert.Equal([$"Key key {month} 75", $"User {User} {month} 75"], (await UsageState.ReadAsync(_store)).Spends);
    }

    /// <summary>Recorded requests are charged to the same accounts as requests through Check.</summary>
    [Fact]
    public async Task Money_IsOfTheKeysLineAndTheSharedBudgets()
    {
        await using (var context = _store.Open())
        {
            context.Users.Add(new() { Id = User, Name = "ada" });
            context.ApiKeys.Add(
                new()
                {
                    Id = "key",
                    UserId = User,
                    LineId = "first",
                    Scopes = "full",
                }
            );
            foreach (var group in new[] { "staff", "all", "plain" })
            {
                context.Groups.Add(new() { Id = group });
                context.GroupMembers.Add(new() { GroupId = group, UserId = User });
                context.Budgets.Add(
                    new()
                    {
                        Scope = group == "plain" ? BudgetScope.Group : BudgetScope.Shared,
                        SubjectId = group,
                        LimitMicros = 5,
                    }
                );
            }

            context.Groups.Add(new() { Id = "others" });
            context.Budgets.Add(
                new()
                {
                    Scope = BudgetScope.Shared,
                    SubjectId = "others",
                    LimitMicros = 5,
                }
            );
            await context.SaveChangesAsync();
        }

        await StartAsync(Timestamp.FromDateTimeOffset(Now));
        await Recorder.RecordTokenUsage(Tokens(Now), new TestCall());

        var state = await UsageState.ReadAsync(_store);
        Assert.Equal(["Key first 202602 25", "Shared all 202602 25", "Shared staff 202602 25", $"User {User} 202602 25"], state.Spends);
        Assert.Equal("key", Assert.Single(state.Rows).KeyId);
        state.MustAddUp();
    }

    /// <summary>The clock advances in between, so a time that was too far ahead may become plausible.</summary>
    [Theory]
    [InlineData(3600)]
    [InlineData(305)]
    [InlineData(-40 * 24 * 3600)]
    public async Task RepeatedReportFromASkewedClock_CountsOnce(int seconds)
    {
        var (startedAt, createdAt) = (Timestamp.FromDateTimeOffset(Now.AddSeconds(seconds)), Now.AddSeconds(seconds).AddMilliseconds(7));
        var first = Now;
        for (var time = 0; time < 2; time++)
        {
            await StartAsync(startedAt);
            await Recorder.RecordTokenUsage(Tokens(createdAt), new TestCall());
            await Recorder.RecordPromptUsage(
                new()
                {
                    InterceptionId = Id,
                    Prompt = "What?",
                    CreatedAt = Timestamp.FromDateTimeOffset(createdAt),
                },
                new TestCall()
            );
            await Recorder.RecordToolUsage(
                new()
                {
                    InterceptionId = Id,
                    Tool = "look_up",
                    CreatedAt = Timestamp.FromDateTimeOffset(createdAt),
                },
                new TestCall()
            );
            await Recorder.RecordModelThought(
                new()
                {
                    InterceptionId = Id,
                    Content = "Hm.",
                    CreatedAt = Timestamp.FromDateTimeOffset(createdAt),
                },
                new TestCall()
            );
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        await using var context = _store.Open();
        Assert.Equal(
            (1, 1, 1, 1),
            (
                await context.TokenUsages.CountAsync(),
                await context.PromptUsages.CountAsync(),
                await context.ToolUsages.CountAsync(),
                await context.ModelThoughts.CountAsync()
            )
        );
        Assert.Equal(
            (createdAt, first),
            ((await context.TokenUsages.SingleAsync()).CreatedAt, (await context.Interceptions.SingleAsync()).StartedAt)
        );
        var state = await UsageState.ReadAsync(_store);
        Assert.Equal((10L, 25L), (Assert.Single(state.Rows).InputTokens, state.Rows[0].CostMicros));
        state.MustAddUp();
    }

    [Fact]
    public async Task End_KeepsNoCredential()
    {
        await StartAsync(Timestamp.FromDateTimeOffset(Now));

        await Recorder.RecordInterceptionEnded(
            new()
            {
                Id = Id,
                CredentialHint = "sk-0123456789abcdef",
                ErrorType = "invalid_api_key",
                ErrorMessage = $"Incorrect API key provided: sk-0123456789abcdef. {new string('x', 1000)}",
            },
            new TestCall()
        );

        await using var context = _store.Open();
        var stored = await context.Interceptions.SingleAsync();
        Assert.Equal(
            ("[REDACTED]", "invalid_api_key", "Incorrect API key provided: [REDACTED] …"),
            (stored.CredentialHint, stored.ErrorType, stored.ErrorMessage)
        );
    }

    [Fact]
    public async Task MetadataThatIsTooLong_IsRefusedByName()
    {
        var overhead = """{"a":""}""".Length;
        await StartAsync(Timestamp.FromDateTimeOffset(Now));
        await Recorder.RecordTokenUsage(With(16384 - overhead), new TestCall());

        var fault = await Assert.ThrowsAsync<RpcException>(() => Recorder.RecordTokenUsage(With(16385 - overhead), new TestCall()));

        Assert.Equal((StatusCode.InvalidArgument, "malformed"), (fault.StatusCode, CompanionErrors.ReasonOf(fault)));
        Assert.StartsWith("metadata is longer than 16384", fault.Status.Detail, StringComparison.Ordinal);
        await using var context = _store.Open();
        Assert.Equal(16384, (await context.TokenUsages.SingleAsync()).Metadata.Length);

        RecordTokenUsageRequest With(int length)
        {
            var request = Tokens(Now);
            request.Metadata["a"] = Any.Pack(Value.ForString(new('x', length)));
            return request;
        }
    }

    /// <summary>Clients choose the user agent.</summary>
    [Fact]
    public async Task UserAgentOfAnyLength_IsTakenAndCut()
    {
        await Recorder.RecordInterception(
            new()
            {
                Id = Id,
                InitiatorId = User,
                ApiKeyId = "key",
                Provider = "openai",
                UserAgent = "codex/" + new string('x', 100_000),
            },
            new TestCall()
        );

        await using var context = _store.Open();
        Assert.Equal($$"""{"request_user_agent":"codex/{{new string('x', 506)}}"}""", (await context.Interceptions.SingleAsync()).Metadata);
        Assert.Equal("codex", (await context.Usage.SingleAsync()).Client);
    }

    private async Task StartIsAsync(Timestamp sent, DateTimeOffset expected)
    {
        await StartAsync(sent);

        await using var context = _store.Open();
        Assert.Equal(expected, (await context.Interceptions.SingleAsync()).StartedAt);
        Assert.Equal(expected, (await context.Usage.SingleAsync()).Time);
    }

    private Task<RecordInterceptionResponse> StartAsync(Timestamp startedAt) =>
        Recorder.RecordInterception(
            new()
            {
                Id = Id,
                InitiatorId = User,
                ApiKeyId = "key",
                Provider = "openai",
                Model = "gpt-5",
                StartedAt = startedAt,
            },
            new TestCall()
        );

    private static RecordTokenUsageRequest Tokens(DateTimeOffset createdAt) =>
        new()
        {
            InterceptionId = Id,
            MsgId = "msg_1",
            InputTokens = 10,
            OutputTokens = 5,
            CreatedAt = Timestamp.FromDateTimeOffset(createdAt),
        };
}
