using AuthSidecar.Access.Authorization;
using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.Tests.Platform.Configuration;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.TokenLimits;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Usage.TokenLimits;

/// <summary>Limits of models, from the settings to the buckets of a request.</summary>
public sealed class ModelLimitTests(SharedRedis redis) : IClassFixture<SharedRedis>, IDisposable
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider _time = new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly TestMetrics _metrics = new();
    private readonly SidecarSettings _settings = SettingsDirectory
        .Load(
            """
            {
              "Providers": { "openai": { "Dialect": "openai" } },
              "Policies": {
                "p": {
                  "Provider": "openai", "Limit": { "Permits": 100, "Tokens": 1000, "Parallel": 9 },
                  "Models": {
                    "gpt-5*": { "Permits": 7, "Window": "01:00:00", "Tokens": 70, "TokenWindow": "01:00:00", "Parallel": 3 },
                    "gpt-4*": { "Permits": 5 }, "text-*": {}
                  }
                },
                "list": { "Provider": "openai", "Models": ["gpt-5*"] }
              },
              "Limits": { "DefaultPermits": 0 }
            }
            """
        )
        .Settings!;
    private readonly Identity _caller = new(Guid.NewGuid().ToString("N"), SubjectType.Account, "user1", "alice", ["full"], "acme", null);

    [Fact]
    public async Task ModelsLimit_CountsForTheKeyAndTheGlob_BesideThePolicys()
    {
        var context = await ContextAsync(_caller, "gpt-5-mini");

        Assert.Equal([new(Own("p"), 100, TimeSpan.FromMinutes(1)), new(Own("p", "gpt-5*"), 7, _hour)], RequestBuckets(context));
        Assert.Equal(
            [new(Own("p"), 1000, TimeSpan.FromMinutes(1)), new(Own("p", "gpt-5*"), 70, _hour)],
            TokenBuckets.Of(_caller, context.Policy, _settings.Limits, RequestModels.WithLimits(context))
        );
        Assert.Equal(
            [new(Own("p"), 9), new(Own("p", "gpt-5*"), 3)],
            ParallelCaps.Of(_caller, context.Policy, _settings.Limits, RequestModels.WithLimits(context))
        );
    }

    [Theory]
    [InlineData("p", "text-embedding")]
    [InlineData("p", "o3")]
    [InlineData("p", null)]
    [InlineData("list", "gpt-5")]
    public async Task WithoutALimitOfTheModel_NothingIsAdded(string policy, string? model) =>
        Assert.DoesNotContain(RequestBuckets(await ContextAsync(_caller, model, policy: policy)), bucket => bucket.Name.Model.Length > 0);

    /// <summary>Policies without limits of models pay nothing for them.</summary>
    [Fact]
    public async Task WithoutLimitsOfModels_NoModelIsRead()
    {
        var context = await ContextAsync(_caller, "gpt-5", policy: "list");
        RequestModels.WithLimits(context);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
        {
            RequestModels.WithLimits(context);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Null(context.PathModels);
    }

    [Fact]
    public async Task ModelsOfTools_CountToo_EachGlobOnce_AndBeforeUserAndTenant()
    {
        (_settings.Limits.UserPermits, _settings.Limits.TenantPermits) = (50, 60);

        Assert.Equal(
            ["", "gpt-4*", "gpt-5*", "", ""],
            RequestBuckets(await ContextAsync(_caller, "gpt-5", "gpt-4")).Select(bucket => bucket.Name.Model)
        );
        Assert.Equal(
            ["", "gpt-5*", "", ""],
            RequestBuckets(await ContextAsync(_caller, "gpt-5", "gpt-5-mini")).Select(bucket => bucket.Name.Model)
        );
    }

    [Fact]
    public async Task KeysLimitOfAModel_ReplacesThePolicys_KindByKind()
    {
        var limits = ModelLimits.Of([
            new("gpt-5-*")
            {
                Permits = 2,
                Window = _hour,
                Parallel = 0,
            },
            new("*"),
        ]);
        var context = await ContextAsync(_caller with { ModelLimits = limits }, "gpt-5-mini");
        var (identity, models) = (context.KnownIdentity, RequestModels.WithLimits(context));

        Assert.Equal(new Bucket(Own("", "gpt-5-*"), 2, _hour), RequestBuckets(context)[1]);
        Assert.Equal(Own("p", "gpt-5*"), TokenBuckets.Of(identity, context.Policy, _settings.Limits, models)[1].Name);
        Assert.Equal([new(Own("p"), 9)], ParallelCaps.Of(identity, context.Policy, _settings.Limits, models));

        var other = await ContextAsync(identity, "gpt-4");
        Assert.Equal(Own("p", "gpt-4*"), RequestBuckets(other)[1].Name);
    }

    [Fact]
    public void Buckets_CannotBeTakenForEachOther()
    {
        BucketName[] names =
        [
            Own("p"),
            Own("p", "a"),
            Own("", "a"),
            Own("p", "a:1"),
            new(BucketKind.Key, "p:1", "k", "a"),
            new(BucketKind.Key, "p", "1:k", "a"),
            new(BucketKind.Key, "p", "k", "a:3:key"),
            new(BucketKind.Subject, "p", "k", "a"),
        ];

        Assert.Equal(names.Length, names.Select(name => name.Key).Distinct().Count());
        Assert.Equal($"key:1:p:{_caller.KeyId}", Own("p").Key);
    }

    [RequiresTheory("redis")]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Requests_OfAllReplicas_AreCountedExactly(int replicas)
    {
        await using var first = LimiterFixture.OnAnswering(await redis.ConnectAsync());
        await using var second = LimiterFixture.OnAnswering(await redis.ConnectAsync());
        RateLimitStep[] steps = [Step(first), replicas == 2 ? Step(second) : Step(first)];

        var denials = await AllAsync(number => steps[number % 2], "gpt-5");

        Assert.Equal((7, 57), (denials.Count(denial => denial is null), denials.OfType<Denial>().Count()));
        Assert.All(denials.OfType<Denial>(), denial =>
        {
            Assert.Equal("rate_limited", denial.Reason);
            Assert.Equal("Too many requests: the limit is 7 in 3600 s for each key, models gpt-5*.", denial.Message);
            Assert.Equal($"limit 7 in 3600 s for key {_caller.KeyId}, policy p, models gpt-5*", denial.Detail);
        });

        // What is refused uses no permit of the policy, and other globs have windows of their own.
        var other = await ContextAsync(_caller, "gpt-4");
        Assert.True((await steps[0].RunAsync(other, CancellationToken.None)).IsContinue);
        Assert.Equal(new LimitState(5, 4, other.Limit!.Value.Reset), other.Limit);
        var free = await ContextAsync(_caller, "text-embedding");
        Assert.True((await steps[1].RunAsync(free, CancellationToken.None)).IsContinue);
        Assert.Equal(100 - 7 - 2, free.Limit!.Value.Remaining);

        RateLimitStep Step(LimiterFixture fixture) => new(new(fixture.Limiter, new(_settings.Limits), _metrics.Limits));
    }

    [RequiresTheory("redis")]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Tokens_OfAllReplicas_AreCountedExactly(int replicas)
    {
        await using var first = new TokenFixture(_time, await redis.ConnectAsync());
        await using var second = new TokenFixture(_time, await redis.ConnectAsync());
        TokenLimitStep[] steps = [Step(first), replicas == 2 ? Step(second) : Step(first)];

        // Of ten tokens each.
        var denials = await AllAsync(number => steps[number % 2], "gpt-5");

        Assert.Equal((7, 57), (denials.Count(denial => denial is null), denials.OfType<Denial>().Count()));
        Assert.All(denials.OfType<Denial>(), denial =>
        {
            Assert.Equal("rate_limited_tokens", denial.Reason);
            Assert.Equal("Too many tokens: the limit is 70 tokens in 3600 s for each key, models gpt-5*.", denial.Message);
            Assert.Contains($"for key {_caller.KeyId}, policy p, models gpt-5*; 10 asked, 0 left", denial.Detail, StringComparison.Ordinal);
            Assert.Contains(denial.Headers, header => header is { Key: "x-ratelimit-limit-tokens", Value: "70" });
        });

        var other = await ContextAsync(_caller, "text-embedding");
        Assert.True((await steps[0].RunAsync(other, CancellationToken.None)).IsContinue);
        Assert.Equal((1000, 1000 - 80), (other.Tokens!.Value.Tokens, other.Tokens.Value.Remaining));

        TokenLimitStep Step(TokenFixture fixture) =>
            new(fixture.Windows, new(_settings.Limits), new(_metrics.Meter, fixture.Own), TimeProvider.System);
    }

    public void Dispose() => _metrics.Dispose();

    private async Task<IReadOnlyList<Denial?>> AllAsync(Func<int, ICheckStep> step, string model) =>
        await Task.WhenAll(
            Enumerable
                .Range(0, 64)
                .Select(number =>
                    Task.Run(async () =>
                    {
                        var result = await step(number).RunAsync(await ContextAsync(_caller, model), CancellationToken.None);
                        return result.IsContinue ? null : result.Denial;
                    })
                )
        );

    private BucketName Own(string policy, string model = "") => new(BucketKind.Key, policy, _caller.KeyId, model);

    private Bucket[] RequestBuckets(CheckContext context) =>
        RequestLimits.BucketsOf(context.KnownIdentity, context.Policy, _settings.Limits, RequestModels.WithLimits(context));

    private async Task<CheckContext> ContextAsync(Identity caller, string? model, string? toolModel = null, string policy = "p")
    {
        var context = new CheckContext(
            new()
            {
                Method = "POST",
                Host = "h",
                Target = "/v1/chat/completions",
                Headers = new(),
                Body = new(BodyState.Read, model, toolModel, MaxOutput: 10),
            },
            Guid.NewGuid().ToString("N")
        )
        {
            Policy = new Snapshot(_settings, []).Policies.ByName(policy)!,
            Identity = caller,
            Path = "/v1/chat/completions",
        };
        await new EndpointStep().RunAsync(context, CancellationToken.None);
        return context;
    }
}
