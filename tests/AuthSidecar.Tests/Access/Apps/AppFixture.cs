using AuthSidecar.Access.Apps;
using AuthSidecar.Access.Authorization;
using AuthSidecar.Access.Upstream;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Tests.Access.Authentication;
using AuthSidecar.Tests.Platform.Configuration;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Corpus;
using AuthSidecar.Usage.Budgets;

namespace AuthSidecar.Tests.Access.Apps;

/// <summary>
/// The steps from the subject type to the upstream credential on a real store, with a permission service on a real socket.
/// </summary>
internal sealed class AppFixture : IAsyncDisposable
{
    private const string Policies = """
        "path": { "App": "/apps/{app}" },
        "acl": { "App": "/apps/{app}", "Acl": "acl" },
        "plain": {},
        "shadow": { "App": "/apps/{app}", "Acl": "acl", "Provider": "gemini", "Models": ["gemini-*"], "Subjects": ["account"], "Scopes": ["a", "b"], "Shadow": true }
        """;

    private readonly SettingsDirectory _directory = new();
    private readonly KeyFixture _keys;
    private readonly AppReader _reader;
    private readonly AclClient _client;
    private readonly BudgetReader _budgetReader;
    private readonly InvalidationPoller _watcher;
    private readonly CheckPipeline _pipeline;

    private AppFixture(KeyFixture keys, AclServer acl, string apps)
    {
        (_keys, Acl) = (keys, acl);
        _directory.Write(
            SettingsSource.DefaultFile,
            $$"""{ "Policies": { {{Policies}} }, "Providers": { "gemini": { "Dialect": "gemini", "Credential": "AIza" } }, "Apps": { "AclUri": "{{acl.Address}}", {{apps}} "AclTimeout": "00:00:10" } }"""
        );
        var loaded = _directory.Load();
        Assert.Empty(loaded.Errors);
        Settings = new(_directory.Source, loaded, keys.Time, new RecordingLogger<SettingsMonitor>());
        var cache = new CacheOptions();
        _reader = new(keys.Store, TimeProvider.System);
        var options = Settings.Section(settings => settings.Apps);
        _client = new(options, keys.Time, AclLog);
        _budgetReader = new(keys.Store, TimeProvider.System);
        var (appCache, members, aclCache, budgets) = (
            new AppCache(cache, keys.Time, CacheMetrics, _reader),
            new MemberCache(cache, keys.Time, CacheMetrics, _reader),
            new AclCache(cache, keys.Time, CacheMetrics, _client),
            new BudgetCache(cache, keys.Time, CacheMetrics, _budgetReader, new(keys.Time))
        );
        _watcher = new(
            keys.Store,
            [appCache, members, aclCache, budgets],
            cache,
            new(new TestMeters(), keys.Time),
            keys.Time,
            new RecordingLogger<InvalidationPoller>()
        );
        var resolver = new VerdictResolver(_watcher, keys.Time, VerdictLog);
        _pipeline = new([
            new SubjectTypeStep(),
            new BudgetStep(budgets, resolver, Settings.Section(settings => settings.Jwt)),
            new ScopeStep(),
            new AppStep(appCache, resolver, options),
            new MembershipStep(members, resolver, options),
            new AppAuthorizationStep(aclCache, resolver, options),
            new ModelStep(),
            new MountCallerStep(),
            new UpstreamCredentialStep(),
        ]);
    }

    public KeyFixture Keys => _keys;
    public AclServer Acl { get; }
    public SettingsMonitor Settings { get; }
    public RecordingLogger<AclClient> AclLog { get; } = new();
    public RecordingLogger<VerdictResolver> VerdictLog { get; } = new();
    public CacheMetrics CacheMetrics { get; } = new(new TestMeters());

    /// <summary>Alice, member of acme, whose apps are bot, off (switched off) and the permission service's; globex has foreign.</summary>
    public User Alice { get; private set; } = null!;

    public Identity AliceKey => Identity(SubjectType.Account, Alice.Id);

    public static async Task<AppFixture> StartAsync(bool hides = false)
    {
        var fixture = new AppFixture(await KeyFixture.StartAsync(), await AclServer.StartAsync(), hides ? "\"HideForeign\": true," : "");
        fixture.Alice = await fixture.Keys.CreateUserAsync();
        await MakeAsync(new CreateTenant(fixture.Store, TimeProvider.System).RunAsync("acme", default));
        await MakeAsync(new CreateTenant(fixture.Store, TimeProvider.System).RunAsync("globex", default));
        await fixture.AddAppAsync("bot");
        await fixture.AddAppAsync("off", status: AppStatus.Disabled);
        await fixture.AddAppAsync("acl-allow", "private");
        await fixture.AddAppAsync("acl-error", "private");
        await fixture.AddAppAsync("foreign", tenant: "globex");
        await fixture.AddMemberAsync();
        Assert.True(await fixture.PollAsync());
        return fixture;
    }

    private Store Store => _keys.Store;

    public static Identity Identity(
        SubjectType type,
        string? user = null,
        string? tenant = null,
        string? external = null,
        string key = "key0000000id"
    ) => new(key, type, user, user is null ? null : "alice", ["full"], tenant, null) { ExternalSubject = external };

    /// <returns><c>allow</c> or the reason of the denial.</returns>
    public async Task<string> AskAsync(string app, Identity identity, string policy = "path") =>
        Word(await DecideAsync(Context($"/apps/{app}", identity, policy)));

    public ValueTask<Decision> DecideAsync(CheckContext context) => _pipeline.RunAsync(context, CancellationToken.None);

    public CheckContext Context(string path, Identity identity, string policy, string method = "POST") =>
        new(
            new()
            {
                Method = method,
                Host = "localhost",
                Target = path,
                Headers = new RequestHeaders(),
            },
            "0123456789abcdef0123456789abcdef"
        )
        {
            Path = path,
            Policy = Settings.Current.Policies.ByName(policy)!,
            Identity = identity,
        };

    public static string Word(Decision decision) => decision is Decision.Deny deny ? deny.Denial.Reason : "allow";

    /// <summary>Makes a change as another process: this one receives its invalidation by polling.</summary>
    public async Task ElsewhereAsync<T>(Func<Store, Task<Outcome<T>>> change)
        where T : class
    {
        await using var other = await _keys.StartAnotherAsync();
        await MakeAsync(change(other.Store));
    }

    public Task<bool> PollAsync() => _watcher.PollAsync(CancellationToken.None);

    /// <summary>Advances the clock; invalidations continue to be received.</summary>
    public async Task AdvanceAsync(TimeSpan span)
    {
        for (var step = TimeSpan.FromSeconds(5); span > TimeSpan.Zero; span -= step)
        {
            _keys.Time.Advance(span < step ? span : step);
            Assert.True(await PollAsync());
        }
    }

    public async Task AddAppAsync(string id, string? mode = null, AppStatus status = AppStatus.Normal, string tenant = "acme") =>
        await MakeAsync(new CreateApp(Store, TimeProvider.System).RunAsync(new(id, tenant) { Mode = mode, Status = status }, default));

    public async Task AddMemberAsync() =>
        await MakeAsync(new AddMember(Store, TimeProvider.System).RunAsync("acme", Alice.Id, "member", default));

    public async Task TakeStoreAwayAsync()
    {
        await Store.DisposeAsync();
        File.Move(_keys.DatabasePath, _keys.DatabasePath + ".away");
    }

    public void BringStoreBack() => File.Move(_keys.DatabasePath + ".away", _keys.DatabasePath);

    public async ValueTask DisposeAsync()
    {
        _watcher.Dispose();
        _reader.Dispose();
        _client.Dispose();
        _budgetReader.Dispose();
        Settings.Dispose();
        await Acl.DisposeAsync();
        await _keys.DisposeAsync();
        _directory.Dispose();
    }

    private static async Task MakeAsync<T>(Task<Outcome<T>> use)
        where T : class => Assert.Null((await use).Refusal);
}
