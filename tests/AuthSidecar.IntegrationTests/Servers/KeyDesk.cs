using AuthSidecar.Configuration;
using AuthSidecar.Keys;
using AuthSidecar.Storage;
using AuthSidecar.Users;

namespace AuthSidecar.IntegrationTests.Servers;

/// <summary>Makes users and keys in a home's store, as another process beside the sidecars that run there.</summary>
internal sealed class KeyDesk : IAsyncDisposable
{
    private readonly Store _store;
    private readonly KeyHasher _hasher;

    private KeyDesk(Store store, KeyHasher hasher) => (_store, _hasher) = (store, hasher);

    public static async Task<KeyDesk> OpenAsync(SidecarHome home)
    {
        var loaded = SettingsLoader.Load(new(home.ConfigFile, new Dictionary<string, string>(), [], home.Root));
        Assert.True(loaded.Settings is not null, string.Join('\n', loaded.Errors));
        var store = StorageFeature.OpenStore(loaded.Settings, TimeProvider.System);
        await store.MigrateAsync(CancellationToken.None);
        return new(store, new(await PepperFile.PeppersOfAsync(loaded.Settings, TimeProvider.System, CancellationToken.None)));
    }

    public async Task AddUserAsync(string name)
        => _ = (await new CreateUser(_store, TimeProvider.System).RunAsync(new(name), CancellationToken.None)).Value;

    public async Task<IssuedKey> AddKeyAsync(string user, params string[] scopes)
        => (await new CreateKey(_store, _hasher, TimeProvider.System).RunAsync(new(user) { Scopes = scopes }, CancellationToken.None)).Value;

    /// <summary>Stores a token that was shown to a sidecar before it existed.</summary>
    public async Task AddKeyAsync(string user, string token, string scope)
    {
        await using var context = _store.Open();
        var now = DateTimeOffset.UtcNow;
        var owner = context.Users.Single(owner => owner.Name == user);
        context.ApiKeys.Add(new() { Id = KeyToken.IdOf(token), Hash = _hasher.Hash(token).ToArray(), UserId = owner.Id, Scopes = scope, CreatedAt = now });
        context.Changes.Add(Change.OfKey(KeyToken.IdOf(token), now));
        await context.SaveChangesAsync();
    }

    public async Task RevokeAsync(IssuedKey key)
        => _ = (await new RevokeKey(_store, TimeProvider.System).RunAsync(key.Key.Id, CancellationToken.None)).Value;

    public async Task SetStatusAsync(string user, UserStatus status)
        => _ = (await new SetUserStatus(_store, TimeProvider.System).RunAsync(user, status, CancellationToken.None)).Value;

    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
