using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Accounts;

/// <summary>Whether an admin exists who can log in.</summary>
internal sealed class AdminLogins(Store store, TimeProvider time)
{
    /// <returns>True: the console is new, and its operator has to create an admin first.</returns>
    public async Task<bool> AreMissingAsync(CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        return !await context.ActiveAdmins().WithLogin(context, Instant.Now(time)).AnyAsync(cancellationToken);
    }
}
