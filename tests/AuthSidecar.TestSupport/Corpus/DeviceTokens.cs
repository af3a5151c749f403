using AuthSidecar.Administration.Keys;
using AuthSidecar.Platform.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>Tokens that a device flow would have minted.</summary>
internal static class DeviceTokens
{
    public static async Task<IssuedToken> IssueAsync(IServiceProvider services, KeyText key, IReadOnlyDictionary<string, string> users)
    {
        var issue = ActivatorUtilities.CreateInstance<IssueDeviceToken>(services);
        var expiry = PeopleSeeder.ExpiryOf(key) ?? DateTimeOffset.UtcNow.AddDays(14);
        if (key.Kind == "ase")
        {
            return PeopleSeeder.Token(
                (await issue.ForExternalAsync(new(key.External[0], key.External[1]), "device", expiry, default)).Value
            );
        }

        await using var context = services.GetRequiredService<Store>().Open();
        var user = await context.Users.FindAsync(users[key.User]) ?? throw new InvalidDataException($"There is no user {key.User}.");
        return PeopleSeeder.Token((await issue.ForAccountAsync(user, "device", expiry, default)).Value);
    }
}
