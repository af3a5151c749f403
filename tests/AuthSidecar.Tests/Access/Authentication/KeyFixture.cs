using System.Diagnostics.Metrics;
using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Identities;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Administration.Users;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Access.Authentication;

/// <summary>A store in a temporary directory and the authentication services of one process.</summary>
internal sealed class KeyFixture : IAsyncDisposable
{
    private readonly Meter _meter = new(nameof(KeyFixture));
    private readonly TemporaryDirectory _directory;
    private readonly bool _ownsDirectory;

    private KeyFixture(
        TemporaryDirectory directory,
        bool ownsDirectory,
        IReadOnlyCollection<string> peppers,
        CacheOptions cache,
        TimeProvider? clock
    )
    {
        Clock = clock ?? Time;
        _directory = directory;
        _ownsDirectory = ownsDirectory;
        Settings = new() { DataDirectory = directory.Path, Auth = { Peppers = [.. peppers.Select(pepper => new Secret(pepper))] } };
        Store = SqliteStore.For(Settings.Store, Settings.DataDirectory, TimeProvider.System, Queries);
        Hasher = new(Settings.Auth.Peppers);
        Caches = new(cache, Clock, new(new TestMeters()));
        Reader = new(Store, Clock);
        Imported = new(Reader);
        Watcher = new(Store, [Imported, Caches], cache, new(new TestMeters(), Clock), Clock, new RecordingLogger<InvalidationPoller>());
        Bookkeeping = new(Store, new(Audit), Clock, BookkeepingLog);
        Guard = new(new(Settings.Limits), Settings.Cache, new(_meter), Clock);
        Authenticator = new(Hasher, Reader, Imported, Caches, Watcher, Bookkeeping, Guard, Clock, AuthenticatorLog);
    }

    // Not a multiple of a second or a minute, to catch arithmetic that only works by luck.
    public FakeTimeProvider Time { get; } = new(new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));

    /// <summary>The clock of all services: <see cref="Time"/>, or the real one.</summary>
    public TimeProvider Clock { get; }

    public SidecarSettings Settings { get; }
    public KeyQueries Queries { get; } = new();
    public SqliteStore Store { get; }
    public KeyHasher Hasher { get; }
    public KeyCaches Caches { get; }
    public InvalidationPoller Watcher { get; }
    public KeyBookkeeping Bookkeeping { get; }
    public KeyReader Reader { get; }
    public FailedAuthThrottle Guard { get; }
    public ImportedFormats Imported { get; }
    public ApiKeyAuthenticator Authenticator { get; }
    public AuditRecorder Audit { get; } = new();
    public RecordingLogger<KeyBookkeeping> BookkeepingLog { get; } = new();
    public RecordingLogger<ApiKeyAuthenticator> AuthenticatorLog { get; } = new();

    public string DatabasePath => _directory["authsidecar.db"];

    public static Task<KeyFixture> StartAsync(CacheOptions? cache = null, params string[] peppers) =>
        StartAsync(new(), true, cache ?? new(), peppers, null);

    /// <summary>With the real clock and the invalidation poller running as in a sidecar.</summary>
    public static async Task<KeyFixture> StartInRealTimeAsync()
    {
        var fixture = await StartAsync(new(), true, new(), [], TimeProvider.System);
        await fixture.Watcher.StartAsync(CancellationToken.None);
        return fixture;
    }

    /// <summary>Another process on the same store, with caches of its own.</summary>
    public Task<KeyFixture> StartAnotherAsync(params string[] peppers) => StartAsync(_directory, false, new(), peppers, null);

    public ValueTask<AuthenticationResult> AuthenticateAsync(string token) =>
        Authenticator.AuthenticateAsync(token, CancellationToken.None);

    public ValueTask<AuthenticationResult> AuthenticateIdAsync(string id) =>
        Authenticator.AuthenticateKeyIdAsync(id, CancellationToken.None);

    public async Task<User> CreateUserAsync(string name = "alice", bool isSystem = false) =>
        (await new CreateUser(Store, Clock).RunAsync(new(name) { IsSystem = isSystem }, CancellationToken.None)).Value;

    public async Task SetStatusAsync(string user, UserStatus status) =>
        Assert.Null(
            (await new UpdateUser(Store, Clock).RunAsync(user, new() { Status = status }, true, null, CancellationToken.None)).Refusal
        );

    public Task<IssuedKey> CreateKeyAsync(DateTimeOffset? expiresAt = null) =>
        CreateKeyAsync(new NewKey("alice") { ExpiresAt = expiresAt });

    public async Task<IssuedKey> CreateKeyAsync(NewKey key) =>
        (await new CreateKey(Store, Hasher, Clock).RunAsync(key, CancellationToken.None)).Value;

    public async Task RevokeAsync(string id) =>
        Assert.Null((await new RevokeKey(Store, Clock).RunAsync(id, CancellationToken.None)).Refusal);

    public Task<bool> PollAsync() => Watcher.PollAsync(CancellationToken.None);

    /// <summary>Changes that no command can make, such as rows without an owner.</summary>
    public void Execute(string sql, params SqliteParameter[] parameters)
    {
        using var connection = new SqliteConnection($"Data Source={DatabasePath};Foreign Keys=False;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddRange(parameters);
        command.ExecuteNonQuery();
    }

    public async ValueTask DisposeAsync()
    {
        await Watcher.StopAsync(CancellationToken.None);
        Watcher.Dispose();
        Bookkeeping.Dispose();
        _meter.Dispose();
        Reader.Dispose();
        await Store.DisposeAsync();
        if (_ownsDirectory)
        {
            _directory.Dispose();
        }
    }

    private static async Task<KeyFixture> StartAsync(
        TemporaryDirectory directory,
        bool ownsDirectory,
        CacheOptions cache,
        IReadOnlyCollection<string> peppers,
        TimeProvider? clock
    )
    {
        var fixture = new KeyFixture(directory, ownsDirectory, peppers is { Count: > 0 } ? peppers : ["a pepper for tests"], cache, clock);
        await fixture.Store.PrepareAsync(CancellationToken.None);
        Assert.True(await fixture.PollAsync());
        return fixture;
    }
}
