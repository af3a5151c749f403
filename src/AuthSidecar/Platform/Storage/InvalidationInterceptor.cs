using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace AuthSidecar.Platform.Storage;

/// <summary>
/// Raises this process's invalidations after their commit: to its own caches at once, and to other processes through
/// <see cref="Announce"/>.
/// </summary>
internal sealed class InvalidationInterceptor : SaveChangesInterceptor, IDbTransactionInterceptor
{
    public event Action<IReadOnlyList<CacheInvalidation>>? Saved;

    /// <summary>Publishes to other processes, which also poll the table; must not throw, and must return soon.</summary>
    public Func<IReadOnlyList<CacheInvalidation>, Task>? Announce { get; set; }

    public override int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        PublishAsync(eventData.Context, isCommitted: false).GetAwaiter().GetResult();
        return result;
    }

    public override async ValueTask<int> SavedChangesAsync(
        SaveChangesCompletedEventData eventData,
        int result,
        CancellationToken cancellationToken = default
    )
    {
        await PublishAsync(eventData.Context, isCommitted: false);
        return result;
    }

    public void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) =>
        PublishAsync(eventData.Context, isCommitted: true).GetAwaiter().GetResult();

    public Task TransactionCommittedAsync(
        DbTransaction transaction,
        TransactionEndEventData eventData,
        CancellationToken cancellationToken = default
    ) => PublishAsync(eventData.Context, isCommitted: true);

    // Inside a caller's transaction a save is not yet committed. Rows are only ever added, so those that a context tracks are saved and
    // not yet published.
    private async Task PublishAsync(DbContext? context, bool isCommitted)
    {
        if (context is null || (!isCommitted && context.Database.CurrentTransaction is not null))
        {
            return;
        }

        var entries = context.ChangeTracker.Entries<CacheInvalidation>().Where(entry => entry.State == EntityState.Unchanged).ToList();
        if (entries.Count == 0)
        {
            return;
        }

        entries.ForEach(entry => entry.State = EntityState.Detached);
        List<CacheInvalidation> invalidations = [.. entries.Select(entry => entry.Entity).OrderBy(invalidation => invalidation.Sequence)];
        Saved?.Invoke(invalidations);
        if (Announce is { } announce)
        {
            await announce(invalidations);
        }
    }
}
