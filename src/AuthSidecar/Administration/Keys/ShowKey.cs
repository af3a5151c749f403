using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Keys;

internal sealed class ShowKey(Store store)
{
    public async Task<Outcome<ApiKey>> RunAsync(string id, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        var found = await context
            .ApiKeys.AsNoTracking()
            .Include(key => key.User)
            .SingleOrDefaultAsync(key => key.Id == id, cancellationToken);
        return found is null ? Refusal.UnknownKey(id) : found;
    }
}
