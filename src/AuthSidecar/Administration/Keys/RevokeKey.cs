using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Keys;

/// <summary>Revokes a key. A second revocation changes nothing.</summary>
internal sealed class RevokeKey(Store store, TimeProvider time)
{
    public Task<Outcome<ApiKey>> RunAsync(string id, CancellationToken cancellationToken) => RunAsync(id, null, cancellationToken);

    /// <param name="id">The key's id.</param>
    /// <param name="isExpected">Accepts the key as stored; null: any.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    public async Task<Outcome<ApiKey>> RunAsync(string id, Func<ApiKey, bool>? isExpected, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        await using var exclusive = await context.LockKeyAsync(id, cancellationToken);
        if (await context.ApiKeys.Include(key => key.User).SingleOrDefaultAsync(key => key.Id == id, cancellationToken) is not { } found)
        {
            return Refusal.UnknownKey(id);
        }

        if (isExpected?.Invoke(found) == false)
        {
            return Refusal.Stale("key");
        }

        if (found.RevokedAt is null)
        {
            found.RevokedAt = Instant.Now(time);
            context.Invalidations.Add(CacheInvalidation.OfKey(id, found.RevokedAt.Value));
            await SaveAsync(context, found, cancellationToken);
            await exclusive.CommitAsync(cancellationToken);
        }

        return found;
    }

    private static async Task SaveAsync(SidecarDbContext context, ApiKey key, CancellationToken cancellationToken)
    {
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            // Revoked concurrently.
            await context.Entry(key).ReloadAsync(cancellationToken);
        }
    }
}
