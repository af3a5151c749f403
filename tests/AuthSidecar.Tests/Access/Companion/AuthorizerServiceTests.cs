using System.Diagnostics.Metrics;
using AuthSidecar.Access.Companion;
using AuthSidecar.Access.Jwt;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Tests.Access.Authentication;
using AuthSidecar.Tests.Envoy.ExtAuthz;
using AuthSidecar.Tests.Platform.Configuration;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.Usage.Budgets;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.V1;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Tests.Access.Companion;

/// <summary>Models in the second phase, and budgets.</summary>
public sealed class AuthorizerServiceTests
{
    private const string Settings = """
        {
          "Jwt": [ { "Issuer": "https://id.example.com", "Audiences": ["llm"], "BudgetUsd": 2.5 } ],
          "Providers": { "narrow": { "Credential": "a" }, "two": { "Credential": "b" }, "open": { "Credential": "c" }, "unused": { "Credential": "d" } },
          "Policies": {
            "narrow": { "Provider": "narrow", "Models": ["gpt-4o*"] },
            "two-a": { "Provider": "two", "Models": ["gpt-4o*"] },
            "two-b": { "Provider": "two", "Models": ["o3"] },
            "open-a": { "Provider": "open", "Models": ["o3"] },
            "open-b": { "Provider": "open" }
          }
        }
        """;

    [Theory]
    [InlineData("narrow", "gpt-4o-mini", true)]
    [InlineData("narrow", "o3", false)]
    [InlineData("two", "gpt-4o-mini", true)]
    [InlineData("two", "o3", true)]
    [InlineData("two", "gpt-3", false)]
    [InlineData("open", "gpt-3", true)]
    [InlineData("unused", "gpt-3", true)]
    [InlineData("nobody", "gpt-3", true)]
    [InlineData("Narrow", "gpt-3", true)]
    public async Task Model_IsAllowedByOnePolicyOfItsProvider(string provider, string model, bool isAllowed) =>
        await AssertAsync([], provider, model, isAllowed);

    [Theory]
    [InlineData("narrow", "gpt-4o-mini", true)]
    [InlineData("narrow", "gpt-4o", false)]
    [InlineData("two", "o3", false)]
    [InlineData("nobody", "gpt-4o-mini", true)]
    [InlineData("nobody", "gpt-3", false)]
    public async Task Model_IsAllowedByTheKeyToo(string provider, string model, bool isAllowed) =>
        await AssertAsync(["*-mini"], provider, model, isAllowed);

    [Theory]
    [InlineData(null, null, null, false, null)]
    [InlineData(0L, null, null, true, 0L)]
    [InlineData(1L, null, null, false, 1L)]
    [InlineData(null, 0L, null, true, 0L)]
    [InlineData(null, 0L, 2L, false, 2L)]
    [InlineData(null, 3L, 2L, false, 3L)]
    [InlineData(5L, 0L, 0L, false, 5L)]
    [InlineData(0L, 5L, 5L, true, 0L)]
    public async Task Budget_IsTheUsersOrTheHighestOfTheGroups(long? user, long? one, long? another, bool isExceeded, long? limit)
    {
        await using var fixture = await KeyFixture.StartAsync();
        var alice = await fixture.CreateUserAsync();
        await SetAsync(fixture, BudgetScope.User, alice.Id, user);
        foreach (var (group, micros) in new[] { ("one", one), ("another", another) })
        {
            Assert.Null((await new CreateGroup(fixture.Store, TimeProvider.System).RunAsync(group, default)).Refusal);
            Assert.Null((await new AddToGroup(fixture.Store, TimeProvider.System).RunAsync(group, alice.Id, default)).Refusal);
            await SetAsync(fixture, BudgetScope.Group, group, micros);
        }

        Assert.Null((await new CreateGroup(fixture.Store, TimeProvider.System).RunAsync("of-others", default)).Refusal);
        await SetAsync(fixture, BudgetScope.Group, "of-others", 9);
        using var reader = new BudgetReader(fixture.Store, TimeProvider.System);

        var answer = await Service(fixture, reader).IsBudgetExceeded(new() { UserId = alice.Id }, new TestCall());

        Assert.Equal((isExceeded, limit), (answer.Exceeded, answer.HasSpendLimitMicros ? answer.SpendLimitMicros : null));
    }

    [Theory]
    [InlineData(null, false, 2_500_000L)]
    [InlineData(0L, true, 0L)]
    [InlineData(9L, false, 9L)]
    public async Task Budget_OfAnIssuersCaller_IsItsOwnOrTheDefault(long? own, bool isExceeded, long? limit)
    {
        const string Caller = "https://id.example.com|bob";
        await using var fixture = await KeyFixture.StartAsync();
        await SetAsync(fixture, BudgetScope.User, Caller, own);
        using var reader = new BudgetReader(fixture.Store, TimeProvider.System);

        var answer = await Service(fixture, reader).IsBudgetExceeded(new() { UserId = Caller }, new TestCall());

        Assert.Equal((isExceeded, limit), (answer.Exceeded, answer.HasSpendLimitMicros ? answer.SpendLimitMicros : null));
        Assert.False(
            (
                await Service(fixture, reader).IsBudgetExceeded(new() { UserId = "https://id.example.com/a|bob" }, new TestCall())
            ).HasSpendLimitMicros
        );
        Assert.Equal(
            StatusCode.InvalidArgument,
            (
                await Assert.ThrowsAsync<RpcException>(() =>
                    Service(fixture, reader).IsBudgetExceeded(new() { UserId = "bob" }, new TestCall())
                )
            ).StatusCode
        );
    }

    [Fact]
    public async Task Budget_ThatAGroupShares_CountsBesideTheUsersOwn()
    {
        await using var fixture = await KeyFixture.StartAsync();
        var alice = await fixture.CreateUserAsync();
        Assert.Null((await new CreateGroup(fixture.Store, TimeProvider.System).RunAsync("staff", default)).Refusal);
        Assert.Null((await new AddToGroup(fixture.Store, TimeProvider.System).RunAsync("staff", alice.Id, default)).Refusal);
        await SetAsync(fixture, BudgetScope.User, alice.Id, 5);
        await SetAsync(fixture, BudgetScope.Shared, "staff", 0);
        using var reader = new BudgetReader(fixture.Store, TimeProvider.System);

        var answer = await Service(fixture, reader).IsBudgetExceeded(new() { UserId = alice.Id }, new TestCall());

        Assert.Equal((true, 0), (answer.Exceeded, answer.SpendLimitMicros));
    }

    private static async Task SetAsync(KeyFixture fixture, BudgetScope scope, string id, long? micros)
    {
        if (micros is { } limit)
        {
            Assert.Null((await new SetBudget(fixture.Store, TimeProvider.System).RunAsync(scope, id, limit, default)).Refusal);
        }
    }

    private static async Task AssertAsync(string[] models, string provider, string model, bool isAllowed)
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync(new NewKey("alice") { Models = models });
        using var reader = new BudgetReader(fixture.Store, TimeProvider.System);
        var service = Service(fixture, reader);
        var request = new IsAuthorizedRequest
        {
            Key = key.Token,
            ProviderName = provider,
            Model = model,
        };

        var failure = await Record.ExceptionAsync(() => service.IsAuthorized(request, new TestCall()));

        Assert.Equal(isAllowed ? null : StatusCode.PermissionDenied, (failure as RpcException)?.StatusCode);
        Assert.Equal(isAllowed, failure is null);
    }

    private static AuthorizerService Service(KeyFixture fixture, BudgetReader reader)
    {
        using var directory = new SettingsDirectory();
        directory.Write(SettingsSource.DefaultFile, Settings);
        var loaded = directory.Load();
        Assert.Empty(loaded.Errors);
        var settings = new SettingsMonitor(directory.Source, loaded, TimeProvider.System, new RecordingLogger<SettingsMonitor>());
        var jwts = new JwtAuthenticator(new(), new(TimeProvider.System), TimeProvider.System, NullLoggerFactory.Instance);
        var limits = new RequestLimits(
            new MemoryRateLimiter(TimeProvider.System),
            settings.Section(whole => whole.Limits),
            new(new Meter(nameof(AuthorizerServiceTests)))
        );
        return new(
            new(fixture.Authenticator, jwts, fixture.Imported, settings.Compiled(snapshot => snapshot.AcceptedCredentials)),
            limits,
            reader,
            settings.Section(whole => whole.Jwt),
            settings.Compiled(snapshot => snapshot.Policies),
            new(new UsageQueue(16), TimeProvider.System)
        );
    }
}
