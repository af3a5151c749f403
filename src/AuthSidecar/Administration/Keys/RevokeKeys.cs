using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Keys;

/// <summary>Revokes all keys that match a filter, all or none.</summary>
internal sealed class RevokeKeys(Store store, TimeProvider time)
{
    private const int MostInvalidations = 1000;

    /// <returns>Number of keys that <see cref="RunAsync"/> would revoke: those that match and are not revoked.</returns>
    public async Task<Outcome<RevokedKeys>> CountAsync(KeyFilter filter, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        var (keys, refusal) = await FindAsync(context, filter, Instant.Now(time), cancellationToken);
        return refusal is not null ? refusal : new RevokedKeys(await keys.CountAsync(cancellationToken));
    }

    /// <param name="filter">Without a page: all keys that match.</param>
    /// <param name="expected">Number of keys that the caller has seen; another is refused with <c>count_changed</c>.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    public async Task<Outcome<RevokedKeys>> RunAsync(KeyFilter filter, int expected, CancellationToken cancellationToken)
    {
        var now = Instant.Now(time);
        await using var context = store.Open();
        var (query, refusal) = await FindAsync(context, filter, now, cancellationToken);
        if (refusal is not null)
        {
            return refusal;
        }

        var keys = await query.ToListAsync(cancellationToken);
        if (keys.Count != expected)
        {
            return CountChanged($"{keys.Count} keys match, not {expected}");
        }

        if (keys.Count == 0)
        {
            return new RevokedKeys(0);
        }

        keys.ForEach(key => key.RevokedAt = now);
        context.Invalidations.AddRange(
            keys.Count > MostInvalidations
                ? [CacheInvalidation.OfEverything(now)]
                : keys.Select(key => CacheInvalidation.OfKey(key.Id, now))
        );
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            return CountChanged("one of the keys was revoked at the same time");
        }

        return new RevokedKeys(keys.Count);
    }

    private static async Task<(IQueryable<ApiKey> Keys, Refusal? Refusal)> FindAsync(
        SidecarDbContext context,
        KeyFilter filter,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var (keys, _, refusal) = await ListKeys.FindAsync(
            context,
            context.ApiKeys,
            filter with
            {
                Take = null,
                After = null,
            },
            now,
            cancellationToken
        );
        return (keys.Where(key => key.RevokedAt == null), refusal);
    }

    private static Refusal CountChanged(string what) =>
        Refusal.Conflict("count_changed", $"Nothing was revoked: {what}. Look at the list and try again.");
}

/// <param name="Revoked">Number of keys.</param>
internal sealed record RevokedKeys(int Revoked);
