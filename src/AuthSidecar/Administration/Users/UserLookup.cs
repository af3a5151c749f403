using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Users;

internal static class UserLookup
{
    /// <summary>Finds a user by id or name; a name never has the form of an id.</summary>
    public static Task<User?> FindByNameOrIdAsync(this IQueryable<User> users, string nameOrId, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(nameOrId, out var guid))
        {
            var id = guid.ToString();
            return users.SingleOrDefaultAsync(user => user.Id == id, cancellationToken);
        }

        return users.SingleOrDefaultAsync(user => user.Name == nameOrId, cancellationToken);
    }
}
