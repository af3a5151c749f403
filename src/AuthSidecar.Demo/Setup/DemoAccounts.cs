using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Administration.Users;
using AuthSidecar.Demo.Workspace;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Demo.Setup;

/// <summary>Changes users and keys as the commands do: in the store, so that the running sidecar has to notice by itself.</summary>
internal sealed class DemoAccounts : IAsyncDisposable
{
    public const string Alice = "alice";
    public const string Bob = "bob";

    private readonly Store _store;
    private readonly KeyHasher _hasher;
    private readonly TimeProvider _time = TimeProvider.System;

    private DemoAccounts(Store store, KeyHasher hasher) => (_store, _hasher) = (store, hasher);

    public static async Task<DemoAccounts> OpenAsync(SidecarSettings settings, CancellationToken cancellationToken)
    {
        var hasher = new KeyHasher(
            await PepperFile.PeppersOfAsync(settings.Auth.Peppers, settings.DataDirectory, TimeProvider.System, cancellationToken)
        );
        var store = StorageFeature.OpenStore(settings.Store, settings.DataDirectory, TimeProvider.System);
        await store.PrepareAsync(cancellationToken);
        return new(store, hasher);
    }

    public async Task<DemoKeys> CreateAsync(DemoSecrets secrets, CancellationToken cancellationToken)
    {
        var users = new CreateUser(_store, _time);
        _ = (await users.RunAsync(new(Alice), cancellationToken)).Value;
        _ = (await users.RunAsync(new(Bob), cancellationToken)).Value;
        var everything = new NewKey(Alice) { Scopes = ["llm:invoke", "apps:run"] };
        return new(
            Good: await KeyAsync(everything),
            Narrow: await KeyAsync(new(Alice) { Scopes = ["llm:invoke"] }),
            Expired: await KeyAsync(everything with { ExpiresAt = _time.GetUtcNow() - TimeSpan.FromMinutes(1) }),
            Revoked: await KeyAsync(everything),
            Suspended: await KeyAsync(new(Bob)),
            Limited: await KeyAsync(everything with { Limit = new(1, TimeSpan.FromMinutes(1)) }),
            Bound: await KeyAsync(everything with { Models = ["demo-small"] }),
            Wrong: secrets.AddToken(KeyToken.Generate(TokenFamily.Ask))
        );

        async Task<IssuedKey> KeyAsync(NewKey wanted)
        {
            var issued = (await new CreateKey(_store, _hasher, _time).RunAsync(wanted, cancellationToken)).Value;
            secrets.AddToken(issued.Token);
            return issued;
        }
    }

    public async Task RevokeAsync(IssuedKey key, CancellationToken cancellationToken) =>
        _ = (await new RevokeKey(_store, _time).RunAsync(key.Key.Id, cancellationToken)).Value;

    public async Task SuspendAsync(string user, CancellationToken cancellationToken) =>
        _ = (
            await new UpdateUser(_store, _time).RunAsync(user, new() { Status = UserStatus.Suspended }, false, null, cancellationToken)
        ).Value;

    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
