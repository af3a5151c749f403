using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Access.RateLimiting;

public sealed class RequestLimitsTests : IDisposable
{
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);
    private static readonly Identity _alice = new("key1", SubjectType.Account, "user1", "alice", ["full"], "acme", null);

    private readonly FakeTimeProvider _time = new();
    private readonly SidecarSettings _settings = new()
    {
        Policies =
        {
            ["plain"] = new(),
            ["own"] = new()
            {
                Limit = new() { Permits = 7, Window = TimeSpan.FromSeconds(9) },
            },
            ["free"] = new() { Limit = new() { Permits = 0 } },
        },
    };
    private readonly TestMetrics _metrics = new();
    private readonly MemoryRateLimiter _limiter;

    public RequestLimitsTests() => _limiter = new(_time);

    [Fact]
    public void Key_HasOneBucketForAllPoliciesWithoutALimit()
    {
        Assert.Equal([new Bucket(new(BucketKind.Key, "", "key1"), 60, _minute)], Buckets(_alice, "plain"));
        Assert.Equal(Buckets(_alice, "plain"), Buckets(_alice, null));
    }

    [Fact]
    public void PolicyWithItsOwnLimit_HasItsOwnBucket() =>
        Assert.Equal([new Bucket(new(BucketKind.Key, "own", "key1"), 7, TimeSpan.FromSeconds(9))], Buckets(_alice, "own"));

    [Theory]
    [InlineData("plain")]
    [InlineData("own")]
    [InlineData("free")]
    [InlineData(null)]
    public void KeysOwnLimit_ReplacesBoth(string? policy) =>
        Assert.Equal(
            [new Bucket(new(BucketKind.Key, "", "key1"), 2, TimeSpan.FromSeconds(3))],
            Buckets(_alice with { Limit = new(2, TimeSpan.FromSeconds(3)) }, policy)
        );

    /// <summary>Keys of one line share a bucket; each request is checked against the limit of its own key.</summary>
    [Fact]
    public void RotatedKey_IsCountedWithTheOneBefore()
    {
        var rotated = _alice with { KeyId = "key2", LineId = "key1" };

        Assert.Equal(Buckets(_alice, "plain"), Buckets(rotated, "plain"));
        Assert.Equal([new Bucket(new(BucketKind.Key, "", "key1"), 2, _minute)], Buckets(rotated with { Limit = new(2, _minute) }, "own"));
    }

    [Fact]
    public void NoPermits_NoLimit()
    {
        Assert.Empty(Buckets(_alice, "free"));
        Assert.Empty(Buckets(_alice with { Limit = new(0, _minute) }, "own"));
        _settings.Limits.DefaultPermits = 0;
        Assert.Empty(Buckets(_alice, "plain"));
        Assert.Single(Buckets(_alice, "own"));
    }

    [Fact]
    public void UserAndTenant_AreCountedBesideTheKey()
    {
        (_settings.Limits.UserPermits, _settings.Limits.TenantPermits, _settings.Limits.DefaultWindow) = (
            100,
            1000,
            TimeSpan.FromSeconds(5)
        );
        var user = new Bucket(new(BucketKind.User, "", "user1"), 100, TimeSpan.FromSeconds(5));
        var tenant = new Bucket(new(BucketKind.Tenant, "", "acme"), 1000, TimeSpan.FromSeconds(5));

        Assert.Equal([new(new(BucketKind.Key, "own", "key1"), 7, TimeSpan.FromSeconds(9)), user, tenant], Buckets(_alice, "own"));
        Assert.Equal([user, tenant], Buckets(_alice, "free"));
        Assert.Equal([user], Buckets(_alice with { Tenant = null }, "free"));

        // A service belongs to no person.
        Assert.Equal([tenant], Buckets(_alice with { Type = SubjectType.Service }, "free"));
    }

    [Fact]
    public void CallerWithoutAKeyId_IsCountedByItsSubject()
    {
        _settings.Limits.UserPermits = 5;
        var caller = new Identity("", SubjectType.EndUser, null, null, [], null, null) { ExternalSubject = "https://id.example.com|bob" };

        Assert.Equal(
            [
                new BucketName(BucketKind.Subject, "", "https://id.example.com|bob"),
                new BucketName(BucketKind.User, "", "https://id.example.com|bob"),
            ],
            Buckets(caller, "plain").Select(bucket => bucket.Name)
        );
    }

    [Fact]
    public async Task EachRequest_IsCountedOnce_AndRefusalsAreCountedForTheirPolicy()
    {
        var step = new RateLimitStep(new(_limiter, new(_settings.Limits), _metrics.Limits));
        for (var remaining = 6; remaining >= 0; remaining--)
        {
            var passed = await RunAsync(step, "own");
            Assert.True(passed.Result.IsContinue);
            Assert.Equal(new LimitState(7, remaining, TimeSpan.FromSeconds(9)), passed.Context.Limit);
        }

        _time.Advance(TimeSpan.FromMilliseconds(250));
        var (refused, context) = await RunAsync(step, "own");

        Assert.Equal(
            (429, "rate_limited", TimeSpan.FromMilliseconds(8750)),
            (refused.Denial.Status, refused.Denial.Reason, refused.Denial.RetryAfter)
        );
        Assert.Null(context.Limit);
        Assert.Equal(1, _metrics.Counts["authsidecar_rate_limited_total{policy=own}"]);
        Assert.True((await RunAsync(step, "free")).Result.IsContinue);
    }

    [Fact]
    public async Task Shadow_LetsPassAndChangesNothingElse()
    {
        _settings.Policies["own"].Shadow = true;
        var step = new RateLimitStep(new(_limiter, new(_settings.Limits), _metrics.Limits));
        var mount = new MountStep();
        var pipeline = new CheckPipeline([step, mount]);
        for (var i = 0; i < 10; i++)
        {
            var context = Context("own");
            Assert.IsType<Decision.Allow>(await pipeline.RunAsync(context, CancellationToken.None));
            Assert.Equal(i < 7 ? [] : ["rate_limited"], context.Shadowed.Select(denial => denial.Reason));
            Assert.Equal(i < 7, context.Limit is not null);
        }

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(6, (await RunAsync(step, "own")).Context.Limit!.Value.Remaining);
    }

    [Theory]
    [InlineData(null, null, "FallbackLocal")]
    [InlineData("Deny", null, "Deny")]
    [InlineData("Deny", "Allow", "Allow")]
    public async Task AnswerWithoutRedis_IsThePolicysOrElseTheGeneralOne(string? general, string? own, string expected)
    {
        _settings.Limits.WhenRedisIsDown = general is null ? new LimitsOptions().WhenRedisIsDown : Enum.Parse<RedisDownAnswer>(general);
        _settings.Policies["own"].Limit!.WhenRedisIsDown = own is null ? null : Enum.Parse<RedisDownAnswer>(own);
        var recorder = new Recorder();

        await new RequestLimits(recorder, new(_settings.Limits), _metrics.Limits).CountAsync(_alice, Policy("own"), []);

        Assert.Equal(expected, recorder.Asked.ToString());
    }

    [Fact]
    public async Task LimiterThatDecidesNothing_Refuses()
    {
        var step = new RateLimitStep(new(new Recorder(), new(_settings.Limits), _metrics.Limits));

        var denial = (await RunAsync(step, "own")).Result.Denial;

        Assert.Equal((503, "limiter_unavailable"), (denial.Status, denial.Reason));
    }

    [Fact]
    public async Task RequestThatWaitsUntilItsDeadline_IsRefusedAsWithoutALimiter()
    {
        var recorder = new Recorder { Answer = new() };
        var context = Context("own");

        var running = new RateLimitStep(new(recorder, new(_settings.Limits), _metrics.Limits)).RunAsync(context, CancellationToken.None);

        Assert.Equal("limiter_unavailable", context.TimeoutDenial.Reason);
        recorder.Answer.SetResult(LimitAnswer.Uncounted);
        Assert.True((await running).IsContinue);
        Assert.Equal("internal_error", context.TimeoutDenial.Reason);
    }

    public void Dispose()
    {
        _limiter.Dispose();
        _metrics.Dispose();
    }

    private async Task<(StepResult Result, CheckContext Context)> RunAsync(RateLimitStep step, string policy)
    {
        var context = Context(policy);
        return (await step.RunAsync(context, CancellationToken.None), context);
    }

    private CheckContext Context(string policy) =>
        new(
            new()
            {
                Method = "GET",
                Host = "h",
                Target = "/",
                Headers = new(),
            },
            "id"
        )
        {
            Policy = Policy(policy),
            Identity = _alice,
        };

    private Policy Policy(string name) => new Snapshot(_settings, []).Policies.ByName(name)!;

    private Bucket[] Buckets(Identity identity, string? policy) =>
        RequestLimits.BucketsOf(identity, policy is null ? null : Policy(policy), _settings.Limits, []);

    private sealed class MountStep : ICheckStep
    {
        public string Name => "mount";

        public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
        {
            context.Caller = new(context.KnownIdentity, AuthenticationMode.Centralized, null);
            return new(StepResult.Continue);
        }
    }

    private sealed class Recorder : IRateLimiter
    {
        public RedisDownAnswer? Asked { get; private set; }

        /// <summary>Null: no verdict.</summary>
        public TaskCompletionSource<LimitAnswer>? Answer { get; init; }

        public ValueTask<LimitAnswer> CountAsync(Bucket[] buckets, RedisDownAnswer whenRedisIsDown, string? chargeId = null)
        {
            Asked = whenRedisIsDown;
            return Answer is null ? default : new(Answer.Task);
        }

        public ValueTask UndoAsync(BucketName[] buckets) => default;

        public ValueTask ClearAsync(BucketName bucket) => default;
    }
}
