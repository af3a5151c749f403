using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Keys;

internal sealed class ListKeys(Store store)
{
    /// <param name="user">Name or id of the owner; null: all.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<Outcome<IReadOnlyList<ApiKey>>> RunAsync(string? user, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        var keys = context.ApiKeys.AsNoTracking().Include(key => key.User).AsQueryable();
        if (user is not null)
        {
            if (await context.Users.FindByNameOrIdAsync(user, cancellationToken) is not { } owner)
            {
                return Refusal.UnknownUser(user);
            }

            keys = keys.Where(key => key.UserId == owner.Id);
        }

        return await keys.OrderBy(key => key.CreatedAt).ThenBy(key => key.Id).ToListAsync(cancellationToken);
    }
}
