using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Providers;

/// <summary>The ways in which a person can prove to be the one.</summary>
internal sealed class LoginWays(Store store, LoginProviders providers)
{
    /// <returns>Whether there is a password, and the providers at which the person has a linked identity.</returns>
    public async Task<(bool HasPassword, IReadOnlyList<LoginProvider> Providers)> RunAsync(
        string userId,
        CancellationToken cancellationToken
    )
    {
        if (providers.Accounts.Count == 0)
        {
            return (true, []);
        }

        await using var context = store.Open();
        var hasPassword = await context.UserCredentials.AnyAsync(credential => credential.UserId == userId, cancellationToken);
        var issuers = await context
            .UserIdentities.Where(identity => identity.UserId == userId)
            .Select(identity => identity.Issuer)
            .ToListAsync(cancellationToken);
        return (hasPassword, [.. providers.Accounts.Where(provider => issuers.Contains(provider.Issuer))]);
    }
}
