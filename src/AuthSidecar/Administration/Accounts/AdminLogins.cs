using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Accounts;

/// <summary>Whether an admin exists who can log in.</summary>
internal sealed class AdminLogins(Store store)
{
    /// <returns>True: the console is new, and its operator has to create an admin first.</returns>
    public async Task<bool> AreMissingAsync(CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        return !await context.Users.AnyAsync(
            user =>
                user.Role == UserRole.Admin
                && user.Status == UserStatus.Active
                && (
                    context.UserCredentials.Any(credential => credential.UserId == user.Id)
                    || context.UserIdentities.Any(identity => identity.UserId == user.Id)
                ),
            cancellationToken
        );
    }
}
