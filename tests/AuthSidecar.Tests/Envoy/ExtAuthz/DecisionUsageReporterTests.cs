using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Envoy.ExtAuthz;

public sealed class DecisionUsageReporterTests
{
    private readonly FakeTimeProvider _time = new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly UsageQueue _queue = new(16);

    [Fact]
    public async Task Allow_LeavesAReport()
    {
        var asked = _time.GetUtcNow();

        var answer = await CheckAsync(
            Question("/v1/chat?api-version=1", ("user-agent", "codex_cli_rs/1.0"), ("authorization", "Bearer ask_secret")),
            Steps.Mount(),
            Steps.Do(
                (context, _) =>
                {
                    _time.Advance(TimeSpan.FromMilliseconds(7));
                    context.App = new("app-1", "acme", "", IsDisabled: false);
                    context.IsMember = true;
                    context.Credential = new("ask_secret", "authorization");
                    context.ReservedMicros = 700;
                    return new(StepResult.Continue);
                }
            )
        );

        var report = Report();
        Assert.Equal((answer.DynamicMetadata.Fields["decision_id"].StringValue, asked), (report.DecisionId, report.Time));
        Assert.Equal(
            (Steps.Identity.KeyId, Steps.Identity.UserId, "acme", "app-1", "test", null),
            (report.KeyId, report.UserId, report.Tenant, report.App, report.Policy, report.Provider)
        );
        Assert.Equal(("centralized", "allow", null, null), (report.Mode, report.Decision, report.Reason, report.Status));
        Assert.Equal((700L, "codex", "/v1/chat", UsageFacts.Decided), (report.ReservedMicros, report.Client, report.Path, report.Facts));
    }

    [Theory]
    [InlineData(EndpointKind.None, UsageFacts.None)]
    [InlineData(EndpointKind.Unknown, UsageFacts.None)]
    [InlineData(EndpointKind.Generates, UsageFacts.None)]
    [InlineData(EndpointKind.ListsModels, UsageFacts.GeneratesNothing)]
    [InlineData(EndpointKind.CountsTokens, UsageFacts.GeneratesNothing)]
    [InlineData(EndpointKind.Moderates, UsageFacts.None)]
    [InlineData(EndpointKind.Bookkeeping, UsageFacts.GeneratesNothing)]
    [InlineData(EndpointKind.ReadsResult, UsageFacts.ReadsResult)]
    internal async Task EndpointKind_IsInTheRow(EndpointKind endpoint, UsageFacts facts)
    {
        await CheckAsync(
            Question("/"),
            Steps.Mount(),
            Steps.Do(
                (context, _) =>
                {
                    context.Endpoint = endpoint;
                    return new(StepResult.Continue);
                }
            )
        );

        Assert.Equal(UsageFacts.Decided | facts, Report().Facts);
    }

    [Fact]
    public async Task Denial_IsReportedWithReasonAndStatus()
    {
        await CheckAsync(Question("/v1/chat"), Steps.Answer(Denials.MissingCredential));

        var report = Report();
        Assert.Equal(
            ("deny", "missing_credential", 401, null, null, null),
            (report.Decision, report.Reason, report.Status, report.KeyId, report.Mode, report.Policy)
        );
    }

    [Fact]
    public async Task Fault_IsADenialToo_AndLoggedOnce()
    {
        await CheckAsync(Question("/"), Steps.Mount(), Steps.Do((_, _) => throw new InvalidOperationException()));

        var report = Report();
        Assert.Equal(("deny", "internal_error", 503), (report.Decision, report.Reason, report.Status));
    }

    [Fact]
    public async Task UnwritableAnswer_IsReportedAsTheClientSawIt()
    {
        await CheckAsync(Question("/"), Steps.Answer(new Denial("odd", 200, "An OK that says no.")));

        Assert.Equal(("internal_error", 503), Report() is var report ? (report.Reason, report.Status) : default);
    }

    [Theory]
    [InlineData(SubjectType.Service, null, null, null)]
    [InlineData(SubjectType.EndUser, null, "okta|u1", "okta|u1")]
    [InlineData(SubjectType.Account, "5f0c7a3e-0000-0000-0000-000000000001", null, "5f0c7a3e-0000-0000-0000-000000000001")]
    public async Task User_IsSetForPeopleOnly(object type, string? user, string? external, string? expected)
    {
        var identity = new Identity("", (SubjectType)type, user, null, ["full"], "acme", null) { ExternalSubject = external };

        await CheckAsync(Question("/"), Found(identity, Steps.Policy));

        Assert.Equal((null, expected, "acme"), Report() is var report ? (report.KeyId, report.UserId, report.Tenant) : default);
    }

    [Theory]
    [InlineData(Dialect.Gemini, "/v1beta/models/gemini-2.5-pro:generateContent", "gemini-2.5-pro")]
    [InlineData(Dialect.AzureOpenai, "/openai/deployments/gpt-5/chat/completions", "gpt-5")]
    [InlineData(Dialect.Openai, "/v1/models/gpt-5", null)]
    public async Task Model_IsThatOfThePath_WhereTheProviderHasItThere(object dialect, string path, string? expected)
    {
        var policy = Provider((Dialect)dialect);

        await CheckAsync(Question(path), Found(Steps.Identity, policy));
        await CheckAsync(Question(path), Found(null, policy), Steps.Answer(Denials.MissingCredential));

        Assert.Equal((expected, "acme"), Report() is var known ? (known.Model, known.Provider) : default);
        Assert.Equal((null, "acme"), Report() is var unknown ? (unknown.Model, unknown.Provider) : default);
    }

    [Fact]
    public async Task OnlyRefusalsWithoutAnIdentity_AreCountedAndMarked()
    {
        using var refusals = new RefusalCounts(_queue, new() { RefusalRowsPerMinute = 1 }, _time);
        var first = await AskAsync(Steps.Answer(Denials.MissingCredential));
        var counted = new[]
        {
            await AskAsync(Steps.Answer(Denials.MissingCredential)),
            await AskAsync(Steps.Answer(Denials.MissingCredential)),
            await AskAsync(Steps.Answer(Denials.InvalidPath)),
        };
        var known = await AskAsync(Found(Steps.Identity, Steps.Policy), Steps.Answer(Denials.RateLimited));
        var allowed = await AskAsync(Steps.Mount());
        refusals.Flush();

        Assert.All(new[] { first, known, allowed }, answer => Assert.DoesNotContain("usage", answer.DynamicMetadata.Fields.Keys));
        Assert.All(counted, answer => Assert.Equal("counted", answer.DynamicMetadata.Fields["usage"].StringValue));
        var reports = new List<UsageReport>();
        _queue.TakeInto(reports, 100);
        Assert.Equal(
            [("", null), ("invalid_path", 1L), ("missing_credential", null), ("missing_credential", 2L), ("rate_limited", null)],
            reports.Select(report => (report.Reason ?? "", report.Requests)).Order()
        );

        async Task<CheckResponse> AskAsync(params ICheckStep[] steps) =>
            (
                await Steps
                    .RecordingService(_queue, _time, refusals, steps)
                    .Check(CheckRequestReader.Read(Question("/").ToByteArray()), new TestCall())
            ).ToMessage();
    }

    [Fact]
    public async Task FullQueue_ChangesNoAnswer()
    {
        for (var queued = 0; queued < _queue.Capacity; queued++)
        {
            _queue.Record(new() { DecisionId = "d" });
        }

        Assert.Equal(0, (await CheckAsync(Question("/"), Steps.Mount())).Status.Code);
        _queue.Close();
        Assert.Equal(0, (await CheckAsync(Question("/"), Steps.Mount())).Status.Code);
        Assert.Equal(2, _queue.Dropped);
    }

    private static Policy Provider(Dialect dialect) =>
        new()
        {
            Name = "llm",
            Options = new() { Provider = "acme" },
            Subjects = SubjectType.All,
            Provider = new() { Dialect = dialect },
        };

    private static ICheckStep Found(Identity? identity, Policy policy) =>
        Steps.Do(
            (context, _) =>
            {
                context.Path = context.Request.Target;
                context.Policy = policy;
                context.Identity = identity;
                context.Caller = new(identity ?? Steps.Identity, AuthenticationMode.Centralized, null);
                return new(StepResult.Continue);
            }
        );

    private static CheckRequest Question(string target, params (string Name, string Value)[] headers)
    {
        var http = new AttributeContext.Types.HttpRequest
        {
            Method = "POST",
            Path = target,
            Host = "api",
            HeaderMap = new(),
        };
        http.HeaderMap.Headers.AddRange(
            headers.Select(header => new HeaderValue { Key = header.Name, RawValue = ByteString.CopyFromUtf8(header.Value) })
        );
        return new() { Attributes = new() { Request = new() { Http = http } } };
    }

    private async Task<CheckResponse> CheckAsync(CheckRequest request, params ICheckStep[] steps) =>
        (
            await Steps.RecordingService(_queue, _time, steps).Check(CheckRequestReader.Read(request.ToByteArray()), new TestCall())
        ).ToMessage();

    /// <summary>The one report since the last call.</summary>
    private UsageReport Report()
    {
        var reports = new List<UsageReport>();
        _queue.TakeInto(reports, 1);
        return Assert.Single(reports);
    }
}
