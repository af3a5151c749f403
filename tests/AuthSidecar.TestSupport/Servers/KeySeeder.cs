using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>Creates users and keys in the store of a sandbox, like a separate process beside the sidecars that run there.</summary>
internal sealed class KeySeeder : IAsyncDisposable
{
    private KeySeeder(Store store, KeyHasher hasher) => (Store, Hasher) = (store, hasher);

    public Store Store { get; }

    public KeyHasher Hasher { get; }

    public static async Task<KeySeeder> OpenAsync(SidecarSandbox sandbox)
    {
        var loaded = SettingsLoader.Load(new(sandbox.ConfigFile, new Dictionary<string, string>(), [], sandbox.Root));
        var settings = loaded.Settings ?? throw new InvalidOperationException(string.Join('\n', loaded.Errors));
        var store = StorageFeature.OpenStore(settings.Store, settings.DataDirectory, TimeProvider.System);
        await store.MigrateAsync(CancellationToken.None);
        return new(
            store,
            new(await PepperFile.PeppersOfAsync(settings.Auth.Peppers, settings.DataDirectory, TimeProvider.System, CancellationToken.None))
        );
    }

    public async Task AddUserAsync(string name) =>
        _ = (await new CreateUser(Store, TimeProvider.System).RunAsync(new(name), CancellationToken.None)).Value;

    public async Task<IssuedKey> AddKeyAsync(string user, params string[] scopes) =>
        (await new CreateKey(Store, Hasher, TimeProvider.System).RunAsync(new(user) { Scopes = scopes }, CancellationToken.None)).Value;

    /// <summary>Stores a token that a sidecar has already rejected as unknown.</summary>
    public async Task StoreKeyAsync(string user, string token, string scope)
    {
        await using var context = Store.Open();
        var now = DateTimeOffset.UtcNow;
        var owner = context.Users.Single(owner => owner.Name == user);
        context.ApiKeys.Add(
            new()
            {
                Id = KeyToken.IdOf(token),
                Hash = Hasher.Hash(token).ToArray(),
                UserId = owner.Id,
                Scopes = scope,
                CreatedAt = now,
            }
        );
        context.Invalidations.Add(CacheInvalidation.OfKey(KeyToken.IdOf(token), now));
        await context.SaveChangesAsync();
    }

    public async Task RevokeAsync(IssuedKey key) =>
        _ = (await new RevokeKey(Store, TimeProvider.System).RunAsync(key.Key.Id, CancellationToken.None)).Value;

    public async Task SetStatusAsync(string user, UserStatus status) =>
        _ = (
            await new UpdateUser(Store, TimeProvider.System).RunAsync(user, new() { Status = status }, true, null, CancellationToken.None)
        ).Value;

    public ValueTask DisposeAsync() => Store.DisposeAsync();
}
