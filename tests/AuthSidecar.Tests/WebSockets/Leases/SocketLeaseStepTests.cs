using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.Tests.Envoy.ExtAuthz;
using AuthSidecar.WebSockets.Leases;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.Tests.WebSockets.Leases;

public sealed class SocketLeaseStepTests : IDisposable
{
    private readonly TestMetrics _metrics = new();
    private readonly SidecarSettings _settings = new();
    private readonly ScriptedLeases _leases = new();

    [Fact]
    public async Task WebSocket_TakesALeaseOfItsSubject_NamedByTheDecision()
    {
        var context = Context(isSocket: true);

        Assert.True((await RunAsync(context)).IsContinue);

        Assert.Equal(
            (new(context.DecisionId, Steps.Identity.UserId!), new(16, 512), RedisDownAnswer.FallbackLocal),
            Assert.Single(_leases.Asked)
        );
        Assert.Equal(new(context.DecisionId, Steps.Identity.UserId!), context.SocketLease);
    }

    [Fact]
    public async Task OtherRequest_TakesNone()
    {
        var context = Context(isSocket: false);

        Assert.True((await RunAsync(context)).IsContinue);

        Assert.Empty(_leases.Asked);
        Assert.Null(context.SocketLease);
    }

    [Fact]
    public async Task WithoutCaps_NothingIsCounted()
    {
        _settings.Limits.WebSocketsPerUser = 0;
        Assert.True((await RunAsync(Context(isSocket: true))).IsContinue);
        Assert.Single(_leases.Asked);

        _settings.Limits.WebSocketsPerReplica = 0;
        Assert.True((await RunAsync(Context(isSocket: true))).IsContinue);
        Assert.Single(_leases.Asked);
    }

    [Theory]
    [InlineData(nameof(LeaseVerdict.UserIsFull), "too_many_sockets", 426, 1008, "cap of the user")]
    [InlineData(nameof(LeaseVerdict.ReplicaIsFull), "too_many_sockets", 426, 1008, "cap of the replica")]
    [InlineData(nameof(LeaseVerdict.Unavailable), "limiter_unavailable", 503, 1013, null)]
    [InlineData("99", "limiter_unavailable", 503, 1013, null)]
    public async Task EveryVerdictButTaken_Refuses(string verdict, string reason, int status, int close, string? detail)
    {
        _leases.Verdict = Enum.Parse<LeaseVerdict>(verdict);
        foreach (var isLate in new[] { false, true })
        {
            _leases.IsLate = isLate;
            var context = Context(isSocket: true);

            var denial = (await RunAsync(context)).Denial;

            Assert.Equal((reason, status, close, detail), (denial.Reason, denial.Status, denial.CloseCode, context.Detail));
            Assert.Null(context.SocketLease);
        }

        var cap = detail?.Split(' ')[^1];
        Assert.Equal(cap is null ? 0 : 2, _metrics.Counts.GetValueOrDefault($"authsidecar_sockets_refused_total{{cap={cap}}}"));
    }

    [Fact]
    public async Task WhileRedisIsDown_ThePolicysSettingApplies_OrTheGeneralOne()
    {
        _settings.Limits.WhenRedisIsDown = RedisDownAnswer.Allow;
        await RunAsync(Context(isSocket: true));
        await RunAsync(Context(isSocket: true, new() { Limit = new() { Permits = 1 } }));
        await RunAsync(Context(isSocket: true, new() { Limit = new() { WhenRedisIsDown = RedisDownAnswer.Deny } }));

        Assert.Equal(
            [RedisDownAnswer.Allow, RedisDownAnswer.Allow, RedisDownAnswer.Deny],
            _leases.Asked.Select(asked => asked.WhenRedisIsDown)
        );
    }

    [Fact]
    public void IsNeitherTriedOutOnly_NorForPublicRoutes()
    {
        ICheckStep step = Step;

        Assert.False(step.CanBeShadowed);
        Assert.False(step.RunsForPublic);
    }

    [Fact]
    public async Task AnswerOfTheDefault_CannotPass()
    {
        _leases.Verdict = default;

        Assert.False((await RunAsync(Context(isSocket: true))).IsContinue);
    }

    public void Dispose() => _metrics.Dispose();

    private SocketLeaseStep Step => new(_leases, new(_settings.Limits), new(_metrics.Meter, new(TimeProvider.System)));

    private ValueTask<StepResult> RunAsync(CheckContext context) => Step.RunAsync(context, CancellationToken.None);

    private static CheckContext Context(bool isSocket, PolicyOptions? options = null)
    {
        var question = new CheckRequest
        {
            Attributes = new()
            {
                Request = new()
                {
                    Http = new() { Method = "GET", Path = "/" },
                },
            },
        };
        if (isSocket)
        {
            question.Attributes.Request.Http.Headers.Add("upgrade", "websocket");
        }

        return new(CheckRequestReader.Read(question.ToByteArray()), Guid.NewGuid().ToString("N"))
        {
            Policy = options is null
                ? Steps.Policy
                : new()
                {
                    Name = "test",
                    Options = options,
                    Subjects = SubjectType.All,
                },
            Identity = Steps.Identity,
        };
    }
}
