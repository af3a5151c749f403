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

    private OwnKeys Own => new(new(_store), new(_store, _hasher, _time), new(_store, _time));

    private Task<Outcome<IssuedKey>> CreateAsync(NewOwnKey wanted, SelfServiceKeyOptions options)
    {
        return new CreateOwnKey(_store, new(_store, _hasher, _time), Rules(options, []), _time).RunAsync(
            _alice,
            wanted,
            CancellationToken.None
        );
    }

    private static OwnKeyRules Rules(SelfServiceKeyOptions options, Dictionary<string, PolicyOptions> policies) =>
        new(options, new(new Snapshot(new() { Policies = policies }, []).Policies));

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
