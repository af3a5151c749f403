using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Users;

internal sealed class ListUsers(Store store)
{
    public async Task<IReadOnlyList<User>> RunAsync(CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        return await context.Users.AsNoTracking().OrderBy(user => user.Name).ToListAsync(cancellationToken);
    }
}
