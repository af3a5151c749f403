using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.Tests.Envoy.ExtAuthz;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.Tests.Access.ParallelLimits;

public sealed class ParallelLimitStepTests : IDisposable
{
    private readonly TestMetrics _metrics = new();
    private readonly LimitsOptions _limits = new();
    private readonly ScriptedRequestLeases _leases = new();

    [Fact]
    public async Task WithoutALimit_NothingIsCounted()
    {
        var context = Context("POST", new() { Limit = new() });

        Assert.True((await RunAsync(context)).IsContinue);

        Assert.Empty(_leases.Asked);
        Assert.Null(context.RequestLease);
    }

    [Theory]
    [InlineData("POST", true)]
    [InlineData("GET", true)]
    [InlineData("HEAD", false)]
    public async Task EveryRequestButHead_TakesALease_NamedByTheDecision(string method, bool isCounted)
    {
        var context = Context(method, new() { Limit = new() { Parallel = 3 } });

        Assert.True((await RunAsync(context)).IsContinue);

        Assert.Equal(isCounted ? context.DecisionId : null, context.RequestLease?.DecisionId);
        Assert.Equal(isCounted ? 1 : 0, _leases.Asked.Count);
        if (isCounted)
        {
            Assert.Equal([3], _leases.Asked[0].Lease.Caps.Select(cap => cap.Most));
        }
    }

    [Theory]
    [InlineData(false, null, 15 * 60, false)]
    [InlineData(false, 3600, 3600, false)]
    [InlineData(true, 3600, 90, true)]
    public async Task Lease_LastsAsLongAsTheRequestMay(bool isSocket, int? longest, int lifetime, bool isRenewed)
    {
        var context = Context(
            "GET",
            new()
            {
                Limit = new() { Parallel = 1 },
                MaxStreamDuration = longest is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            },
            isSocket
        );

        await RunAsync(context);

        Assert.Equal((TimeSpan.FromSeconds(lifetime), isRenewed), (context.RequestLease!.Lifetime, context.RequestLease.IsSocket));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FullOwner_Refuses_AndNamesTheLimit(bool isLate)
    {
        (_leases.Answer, _leases.IsLate, _limits.UserParallel) = (LeaseAnswer.FullAt(1), isLate, 7);
        var context = Context("POST", new() { Limit = new() { Parallel = 3 } });

        var denial = (await RunAsync(context)).Denial;

        Assert.Equal(
            ("too_many_parallel", 429, 1008, TimeSpan.FromSeconds(1)),
            (denial.Reason, denial.Status, denial.CloseCode, denial.RetryAfter)
        );
        Assert.Equal("Too many requests at a time: the limit is 7 for each user.", denial.Message);
        Assert.Equal($"limit 7 at a time for user {Steps.Identity.UserId}", denial.Detail);
        Assert.Null(context.RequestLease);
        Assert.Equal(1, _metrics.Counts["authsidecar_parallel_refused_total{policy=test}"]);
    }

    [Fact]
    public async Task DefaultAnswer_CannotPass()
    {
        _leases.Answer = default;
        var context = Context("POST", new() { Limit = new() { Parallel = 3 } });

        Assert.Equal(Denials.LimiterUnavailable, (await RunAsync(context)).Denial);
        Assert.Null(context.RequestLease);
    }

    [Fact]
    public async Task WhileRedisIsDown_ThePolicysSettingApplies_OrTheGeneralOne()
    {
        _limits.WhenRedisIsDown = RedisDownAnswer.Allow;
        await RunAsync(Context("POST", new() { Limit = new() { Parallel = 1 } }));
        await RunAsync(
            Context(
                "POST",
                new()
                {
                    Limit = new() { Parallel = 1, WhenRedisIsDown = RedisDownAnswer.Deny },
                }
            )
        );

        Assert.Equal([RedisDownAnswer.Allow, RedisDownAnswer.Deny], _leases.Asked.Select(asked => asked.WhenRedisIsDown));
    }

    [Fact]
    public void IsForCallersOnly_AndCanBeTriedOut()
    {
        ICheckStep step = Step;

        Assert.True(step.CanBeShadowed);
        Assert.True(step.AcquiresResources);
        Assert.False(step.RunsForPublic);
    }

    public void Dispose() => _metrics.Dispose();

    private ParallelLimitStep Step => new(_leases, new(_limits), new(_metrics.Meter, new(TimeProvider.System)));

    private ValueTask<StepResult> RunAsync(CheckContext context) => Step.RunAsync(context, CancellationToken.None);

    private static CheckContext Context(string method, PolicyOptions options, bool isSocket = false)
    {
        var question = new CheckRequest
        {
            Attributes = new()
            {
                Request = new()
                {
                    Http = new() { Method = method, Path = "/" },
                },
            },
        };
        if (isSocket)
        {
            question.Attributes.Request.Http.Headers.Add("upgrade", "websocket");
        }

        return new(CheckRequestReader.Read(question.ToByteArray()), Guid.NewGuid().ToString("N"))
        {
            Policy = new()
            {
                Name = "test",
                Options = options,
                Subjects = SubjectType.All,
            },
            Identity = Steps.Identity,
        };
    }
}
