using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Administration.Keys;

/// <summary>Keys that people make for themselves.</summary>
public sealed class OwnKeysTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;
    private readonly FakeTimeProvider _time = new(new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly KeyHasher _hasher = new([new Secret("a pepper for tests")]);
    private LimitsOptions _limits = new();
    private Store _store = null!;
    private string _alice = "";
    private string _bob = "";

    public async Task InitializeAsync()
    {
        _store = SqliteStore.For(new(), _directory, _time);
        await _store.PrepareAsync(CancellationToken.None);
        var create = new CreateUser(_store, _time);
        _alice = (await create.RunAsync(new("alice"), CancellationToken.None)).Value.Id;
        _bob = (await create.RunAsync(new("bob"), CancellationToken.None)).Value.Id;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Defaults_AreAllScopesOfPeople_AndTheUsualLifetime()
    {
        var key = (await CreateAsync(new("laptop"), new() { Scopes = ["llm:invoke", "app:read"] })).Value.Key;

        Assert.Equal(("app:read llm:invoke", "laptop", _alice), (string.Join(' ', key.Scopes.Split(' ').Order()), key.Name, key.UserId));
        Assert.Equal(_time.GetUtcNow().AddDays(90), key.ExpiresAt);
    }

    [Theory]
    [InlineData("", true, "llm:invoke full", "")]
    [InlineData("manage", true, "manage", "")]
    [InlineData("manage", false, "scope_not_allowed", "")]
    [InlineData("manage", true, "scope_not_allowed", "full manage")]
    [InlineData("llm:invoke", false, "llm:invoke", "full")]
    [InlineData("full", false, "scope_not_allowed", "manage llm:invoke")]
    public async Task Scopes_AreNeverWiderThanTheMakers_AndManageNeedsAProofOfThePassword(
        string scopes,
        bool mayManage,
        string expected,
        string ofMaker
    )
    {
        var made = await CreateAsync(
            new("laptop")
            {
                Scopes = scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                Maker = new(ofMaker.Length > 0 ? ofMaker.Split(' ') : null, mayManage),
            },
            new() { Scopes = ["llm:invoke", "full", "manage"] }
        );

        Assert.Equal(expected, made.Refusal?.Code ?? made.Value.Key.Scopes);
    }

    [Theory]
    [InlineData(60, 60, null)]
    [InlineData(1, 3600, null)]
    [InlineData(61, 60, "permits")]
    [InlineData(60, 59, "permits")]
    [InlineData(0, 60, "permits")]
    public async Task Limit_MayOnlyBeStricter(int permits, int seconds, string? wrong) =>
        Assert.Equal(
            wrong,
            (await CreateAsync(new("laptop") { Limit = new(permits, TimeSpan.FromSeconds(seconds)) }, new() { Scopes = ["llm:invoke"] }))
                .Refusal
                ?.Member
        );

    [Theory]
    [InlineData(100, 60, null)]
    [InlineData(101, 60, "tokens")]
    [InlineData(100, 59, "tokens")]
    [InlineData(0, 60, "tokens")]
    public async Task TokenLimit_MayOnlyBeStricter(long tokens, int seconds, string? wrong)
    {
        _limits = new() { DefaultTokens = 100 };

        var made = await CreateAsync(
            new("laptop") { TokenLimit = new(tokens, TimeSpan.FromSeconds(seconds)) },
            new() { Scopes = ["llm:invoke"] }
        );

        Assert.Equal(wrong, made.Refusal?.Member);
    }

    [Theory]
    [InlineData(4, null)]
    [InlineData(5, "parallel")]
    [InlineData(0, "parallel")]
    public async Task Parallel_MayOnlyBeStricter(int parallel, string? wrong)
    {
        _limits = new() { DefaultParallel = 4 };

        var made = await CreateAsync(new("laptop") { Parallel = parallel }, new() { Scopes = ["llm:invoke"] });

        Assert.Equal(wrong, made.Refusal?.Member);
    }

    [Fact]
    public async Task Tenant_IsOneOfTheOwnMemberships()
    {
        await using (var context = _store.Open())
        {
            context.Tenants.AddRange(new() { Id = "acme" }, new() { Id = "other" });
            context.Members.Add(
                new()
                {
                    TenantId = "acme",
                    UserId = _alice,
                    Role = "normal",
                }
            );
            await context.SaveChangesAsync();
        }

        var options = new SelfServiceKeyOptions { Scopes = ["llm:invoke"] };
        Assert.Equal("acme", (await CreateAsync(new("laptop") { Tenant = "acme" }, options)).Value.Key.Tenant);
        foreach (var tenant in new[] { "other", "unknown" })
        {
            Assert.Equal("tenant_not_allowed", (await CreateAsync(new("laptop") { Tenant = tenant }, options)).Refusal?.Code);
        }
    }

    [Fact]
    public async Task OfConcurrentRequests_NoMoreThanTheMostSucceed()
    {
        var options = new SelfServiceKeyOptions { Scopes = ["llm:invoke"], MaxPerUser = 3 };
        var made = await Task.WhenAll(Enumerable.Range(0, 12).Select(number => Task.Run(() => CreateAsync(new($"key {number}"), options))));

        Assert.Equal(3, made.Count(one => one.Refusal is null));
        Assert.All(made.Where(one => one.Refusal is not null), one => Assert.Equal("too_many_keys", one.Refusal!.Code));
    }

    [Theory]
    [InlineData("llm:invoke", "gpt-5*", null)]
    [InlineData("llm:invoke", "gpt-5-mini", null)]
    [InlineData("llm:invoke app:read", null, null)]
    [InlineData("other", null, "scopes")]
    [InlineData("", null, "scopes")]
    [InlineData(null, "", "models")]
    [InlineData(null, "gpt-4", "models")]
    [InlineData(null, "gpt-*", "models")]
    public async Task Rights_CanOnlyBeNarrowed(string? scopes, string? models, string? wrong)
    {
        var key = (await CreateAsync(new("laptop") { Models = ["gpt-5*"] }, new() { Scopes = ["llm:invoke", "app:read"] })).Value.Key;
        var changed = await Own.UpdateAsync(
            _alice,
            key.Id,
            new() { Scopes = Words(scopes), Models = Words(models) },
            null,
            CancellationToken.None
        );

        Assert.Equal(wrong, changed.Refusal?.Member);
        Assert.Equal("unknown_key", (await Own.UpdateAsync(_bob, key.Id, new(), null, CancellationToken.None)).Refusal?.Code);

        static string[]? Words(string? text) => text?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    [Theory]
    [InlineData("gpt-5*:tokens=9/60s text-* o3")]
    [InlineData("gpt-5*:tokens=9/60s o3")]
    [InlineData("gpt-5*:tokens=9/60s text-small")]
    [InlineData("text-*", "models")]
    [InlineData("gpt-5* text-*", "models")]
    [InlineData("gpt-5*:tokens=10/60s text-*", "models")]
    [InlineData("gpt-5*:tokens=9/60s gpt-5-mini", "models")]
    [InlineData("gpt-5*:tokens=9/60s text-small:tokens=9/60s", "models")]
    [InlineData("", "models")]
    public async Task LimitsOfModels_CannotBeWidened(string models, string? wrong = null)
    {
        var key = (await CreateAsync(new("laptop"), new() { Scopes = ["llm:invoke"] })).Value.Key;
        var update = new UpdateKey(_store, _time);
        _ = (await update.RunAsync(key.Id, new() { Models = ["gpt-5*:tokens=9/60s", "text-*", "o3"] }, null, CancellationToken.None)).Value;

        var changed = await Own.UpdateAsync(
            _alice,
            key.Id,
            new() { Models = models.Split(' ', StringSplitOptions.RemoveEmptyEntries) },
            null,
            CancellationToken.None
        );

        Assert.Equal(wrong, changed.Refusal?.Member);
    }

    [Fact]
    public async Task LimitsOfModels_CannotBeGiven()
    {
        var options = new SelfServiceKeyOptions { Scopes = ["llm:invoke"] };
        var refusal = (await CreateAsync(new("laptop") { Models = ["gpt-5*:tokens=9/60s"] }, options)).Refusal!;
        var key = (await CreateAsync(new("laptop"), options)).Value.Key;

        var changed = await Own.UpdateAsync(_alice, key.Id, new() { Models = ["gpt-5*:tokens=9/60s"] }, null, CancellationToken.None);

        Assert.Equal((RefusalKind.Invalid, "models"), (refusal.Kind, refusal.Member));
        Assert.Equal("models", changed.Refusal?.Member);
    }

    [Theory]
    [InlineData("full")]
    [InlineData("manage")]
    [InlineData("app:write")]
    public async Task AScopeThatPeopleMayNotGive_IsRefused(string scope) =>
        Assert.Equal(
            "scope_not_allowed",
            (await CreateAsync(new("laptop") { Scopes = [scope] }, new() { Scopes = ["llm:invoke"] })).Refusal?.Code
        );

    [Fact]
    public async Task WithoutAnyScopeOfPeople_NoKeyIsMade_NotOneWithFull() =>
        Assert.Equal("scope_not_allowed", (await CreateAsync(new("laptop"), new())).Refusal?.Code);

    [Theory]
    [InlineData(59)]
    [InlineData(366 * 86_400)]
    public async Task ALifetimeBeyondTheBounds_IsRefused(int seconds) =>
        Assert.Equal(
            RefusalKind.Invalid,
            (await CreateAsync(new("laptop") { Lifetime = TimeSpan.FromSeconds(seconds) }, new() { Scopes = ["llm:invoke"] })).Refusal?.Kind
        );

    [Fact]
    public async Task BeyondTheMost_IsRefused_UntilOneIsRevokedOrExpired()
    {
        var options = new SelfServiceKeyOptions { Scopes = ["llm:invoke"], MaxPerUser = 2 };
        var first = (await CreateAsync(new("a"), options)).Value.Key;
        _ = (await CreateAsync(new("b") { Lifetime = TimeSpan.FromHours(1) }, options)).Value;
        Assert.Equal("too_many_keys", (await CreateAsync(new("c"), options)).Refusal?.Code);

        _ = (await Own.RevokeAsync(_alice, first.Id, CancellationToken.None)).Value;
        _ = (await CreateAsync(new("c"), options)).Value;
        Assert.Equal("too_many_keys", (await CreateAsync(new("d"), options)).Refusal?.Code);

        _time.Advance(TimeSpan.FromHours(2));
        _ = (await CreateAsync(new("d"), options)).Value;
    }

    [Fact]
    public async Task AnotherPersonsKey_IsUnknown_ToEachAction()
    {
        var key = (await CreateAsync(new("laptop"), new() { Scopes = ["llm:invoke"] })).Value.Key;
        var unknown = Refusal.UnknownKey(key.Id);

        Assert.Equal(unknown, (await Own.FindAsync(_bob, key.Id, CancellationToken.None)).Refusal);
        Assert.Equal(unknown, (await Own.RotateAsync(_bob, key.Id, TimeSpan.Zero, CancellationToken.None)).Refusal);
        Assert.Equal(unknown, (await Own.RevokeAsync(_bob, key.Id, CancellationToken.None)).Refusal);
        Assert.Equal(unknown, (await Own.RevokeDeviceAsync(_alice, key.Id, CancellationToken.None)).Refusal);
        Assert.Null((await Own.FindAsync(_alice, key.Id, CancellationToken.None)).Value.RevokedAt);
    }

    [Fact]
    public async Task Devices_AreListedApart_FromKeys()
    {
        _ = (await CreateAsync(new("laptop"), new() { Scopes = ["llm:invoke"] })).Value;
        await AddDeviceAsync("dev1");

        Assert.Equal(["laptop"], await NamesAsync(isDevice: false));
        Assert.Equal(["my phone"], await NamesAsync(isDevice: true));
        Assert.NotNull((await Own.FindAsync(_alice, "dev1", CancellationToken.None)).Refusal);
        Assert.Equal("my phone", (await Own.RevokeDeviceAsync(_alice, "dev1", CancellationToken.None)).Value.Name);
    }

    [Fact]
    public void WithoutSettings_PeopleGiveTheScopesOfThePolicies_WithoutFullAndManage()
    {
        var policies = new Dictionary<string, PolicyOptions>
        {
            ["llm"] = new() { Scopes = ["llm:invoke"] },
            ["both"] = new() { Scopes = ["llm:invoke", "app:read", "manage"] },
            ["default"] = new(),
        };

        Assert.Equal(["app:read", "llm:invoke"], Rules(new(), policies).Scopes);
    }

    [Fact]
    public async Task AReplacedKey_IsNotRotatedAgain()
    {
        var options = new SelfServiceKeyOptions { Scopes = ["llm:invoke"] };
        var first = (await CreateAsync(new("laptop"), options)).Value.Key;
        _time.Advance(TimeSpan.FromSeconds(1));
        var second = (await RotateAsync(first, TimeSpan.FromHours(1), options)).Value.Key;
        _time.Advance(TimeSpan.FromSeconds(1));

        foreach (var grace in new[] { TimeSpan.Zero, TimeSpan.FromHours(1) })
        {
            Assert.Equal("key_replaced", (await RotateAsync(first, grace, options)).Refusal?.Code);
        }

        var third = (await RotateAsync(second, TimeSpan.FromHours(1), options)).Value.Key;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("key_replaced", (await RotateAsync(first, TimeSpan.Zero, options)).Refusal?.Code);
        _ = (await Own.RevokeAsync(_alice, second.Id, CancellationToken.None)).Value;
        _ = (await Own.RevokeAsync(_alice, third.Id, CancellationToken.None)).Value;
        _ = (await RotateAsync(first, TimeSpan.Zero, options)).Value;
    }

    [Fact]
    public async Task ConcurrentRotations_StayBelowTheMost()
    {
        var options = new SelfServiceKeyOptions { Scopes = ["llm:invoke"], MaxPerUser = 3 };
        var key = (await CreateAsync(new("laptop"), options)).Value.Key;

        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => RotateAsync(key, TimeSpan.FromHours(1), options))));

        Assert.Equal(2, made.Count(one => one.Refusal is null));
        Assert.All(made.Where(one => one.Refusal is not null), one => Assert.Equal("too_many_keys", one.Refusal!.Code));
    }

    [Fact]
    public async Task AtTheMost_AKeyIsRotated_OnlyWithoutAGracePeriod()
    {
        var options = new SelfServiceKeyOptions { Scopes = ["llm:invoke"], MaxPerUser = 2 };
        var first = (await CreateAsync(new("a"), options)).Value.Key;
        var second = (await CreateAsync(new("b"), options)).Value.Key;

        Assert.Equal("too_many_keys", (await RotateAsync(first, TimeSpan.FromMicroseconds(1), options)).Refusal?.Code);
        _ = (await RotateAsync(first, TimeSpan.Zero, options)).Value;
        _ = (await Own.RevokeAsync(_alice, second.Id, CancellationToken.None)).Value;
    }

    private OwnKeys Own => OwnBy(new());

    private OwnKeys OwnBy(SelfServiceKeyOptions options) =>
        new(new(_store), new(_store, _hasher, _time), new(_store, _time), new(_store, _time), Rules(options, []), _time);

    private Task<Outcome<IssuedKey>> RotateAsync(ApiKey key, TimeSpan grace, SelfServiceKeyOptions options) =>
        OwnBy(options).RotateAsync(_alice, key.Id, grace, CancellationToken.None);

    private Task<Outcome<IssuedKey>> CreateAsync(NewOwnKey wanted, SelfServiceKeyOptions options)
    {
        return new CreateOwnKey(new(_store, _hasher, _time), Rules(options, []), _time).RunAsync(_alice, wanted, CancellationToken.None);
    }

    private OwnKeyRules Rules(SelfServiceKeyOptions options, Dictionary<string, PolicyOptions> policies) =>
        new(options, new(new Snapshot(new() { Policies = policies }, []).Policies), new(_limits));

    private async Task<IEnumerable<string?>> NamesAsync(bool isDevice) =>
        (
            await new ListKeys(_store, _time).RunAsync(new() { User = "alice", IsDevice = isDevice }, CancellationToken.None)
        ).Value.Items.Select(key => key.Name);

    private async Task AddDeviceAsync(string id)
    {
        await using var context = _store.Open();
        context.ApiKeys.Add(
            new()
            {
                Id = id,
                Format = KeyFormat.Aso,
                Hash = [1],
                UserId = _alice,
                Name = "my phone",
                Scopes = "llm:invoke",
                CreatedAt = _time.GetUtcNow(),
            }
        );
        await context.SaveChangesAsync();
    }
}
