using AuthSidecar.Administration.Keys;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>Tokens that a device flow would have minted.</summary>
internal static class DeviceTokens
{
    public static async Task<IssuedToken> IssueAsync(IServiceProvider services, KeyText key, IReadOnlyDictionary<string, string> users)
    {
        var (store, hasher, time) = (
            services.GetRequiredService<Store>(),
            services.GetRequiredService<KeyHasher>(),
            services.GetRequiredService<TimeProvider>()
        );
        var expiry = PeopleSeeder.ExpiryOf(key) ?? DateTimeOffset.UtcNow.AddDays(14);
        if (key.Kind == "ase")
        {
            var identity = new ExternalIdentity(key.External[0], key.External[1]);
            return PeopleSeeder.Token(await StoredDevice.AddAsync(store, hasher, time, identity, "device", expiry));
        }

        await using var context = store.Open();
        var user = await context.Users.FindAsync(users[key.User]) ?? throw new InvalidDataException($"There is no user {key.User}.");
        return PeopleSeeder.Token(await StoredDevice.AddAsync(store, hasher, time, user, "device", expiry));
    }
}
