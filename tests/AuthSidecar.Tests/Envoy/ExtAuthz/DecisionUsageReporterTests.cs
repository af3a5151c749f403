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
    public async Task Allow_LeavesItsPart()
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

        var part = Part();
        Assert.Equal((answer.DynamicMetadata.Fields["decision_id"].StringValue, asked), (part.DecisionId, part.Time));
        Assert.Equal(
            (Steps.Identity.KeyId, Steps.Identity.UserId, "acme", "app-1", "test", null),
            (part.KeyId, part.UserId, part.Tenant, part.App, part.Policy, part.Provider)
        );
        Assert.Equal(("centralized", "allow", null, null), (part.Mode, part.Decision, part.Reason, part.Status));
        Assert.Equal((700L, "codex", "/v1/chat", UsageFacts.Decided), (part.ReservedMicros, part.Client, part.Path, part.Facts));
    }

    [Theory]
    [InlineData(EndpointKind.None, UsageFacts.None)]
    [InlineData(EndpointKind.Unknown, UsageFacts.None)]
    [InlineData(EndpointKind.Generates, UsageFacts.None)]
    [InlineData(EndpointKind.ListsModels, UsageFacts.GeneratesNothing)]
    [InlineData(EndpointKind.CountsTokens, UsageFacts.GeneratesNothing)]
    [InlineData(EndpointKind.Keeps, UsageFacts.GeneratesNothing)]
    [InlineData(EndpointKind.ReadsResult, UsageFacts.ReadsResult)]
    internal async Task WhatItDoesAtTheProvider_IsAFactOfTheRow(EndpointKind endpoint, UsageFacts facts)
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

        Assert.Equal(UsageFacts.Decided | facts, Part().Facts);
    }

    [Fact]
    public async Task Refusal_LeavesItsReasonAndStatus()
    {
        await CheckAsync(Question("/v1/chat"), Steps.Answer(Denials.MissingCredential));

        var part = Part();
        Assert.Equal(
            ("deny", "missing_credential", 401, null, null, null),
            (part.Decision, part.Reason, part.Status, part.KeyId, part.Mode, part.Policy)
        );
    }

    [Fact]
    public async Task Fault_IsARefusalToo_AndLoggedOnce()
    {
        await CheckAsync(Question("/"), Steps.Mount(), Steps.Do((_, _) => throw new InvalidOperationException()));

        var part = Part();
        Assert.Equal(("deny", "internal_error", 503), (part.Decision, part.Reason, part.Status));
    }

    [Fact]
    public async Task UnwritableAnswer_IsReportedAsTheClientSawIt()
    {
        await CheckAsync(Question("/"), Steps.Answer(new Denial("odd", 200, "An OK that says no.")));

        Assert.Equal(("internal_error", 503), Part() is var part ? (part.Reason, part.Status) : default);
    }

    [Theory]
    [InlineData(SubjectType.Service, null, null, null)]
    [InlineData(SubjectType.EndUser, null, "okta|u1", "okta|u1")]
    [InlineData(SubjectType.Account, "5f0c7a3e-0000-0000-0000-000000000001", null, "5f0c7a3e-0000-0000-0000-000000000001")]
    public async Task User_IsSetForPeopleOnly(object type, string? user, string? external, string? expected)
    {
        var identity = new Identity("", (SubjectType)type, user, null, ["full"], "acme", null) { ExternalSubject = external };

        await CheckAsync(Question("/"), Found(identity, Steps.Policy));

        Assert.Equal((null, expected, "acme"), Part() is var part ? (part.KeyId, part.UserId, part.Tenant) : default);
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

        Assert.Equal((expected, "acme"), Part() is var known ? (known.Model, known.Provider) : default);
        Assert.Equal((null, "acme"), Part() is var unknown ? (unknown.Model, unknown.Provider) : default);
    }

    [Fact]
    public async Task RefusalsWithoutAnIdentity_AreCounted_AndSayIt_AndNoOthers()
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
        var parts = new List<UsageReport>();
        _queue.TakeInto(parts, 100);
        Assert.Equal(
            [("", null), ("invalid_path", 1L), ("missing_credential", null), ("missing_credential", 2L), ("rate_limited", null)],
            parts.Select(part => (part.Reason ?? "", part.Requests)).Order()
        );

        async Task<CheckResponse> AskAsync(params ICheckStep[] steps) =>
            (
                await Steps
                    .RecordingService(_queue, _time, refusals, steps)
                    .Check(CheckRequestReader.Read(Question("/").ToByteArray()), new TestCall())
            ).ToMessage();
    }

    [Fact]
    public async Task NoRoomForIt_ChangesNoAnswer()
    {
        for (var told = 0; told < _queue.Capacity; told++)
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

    /// <summary>The one part that was told since.</summary>
    private UsageReport Part()
    {
        var parts = new List<UsageReport>();
        _queue.TakeInto(parts, 1);
        return Assert.Single(parts);
    }
}
