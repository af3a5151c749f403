using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace AuthSidecar.Storage;

/// <summary>Tells about changes of this process as soon as they are committed, and never before: this process at once, others if there is a way.</summary>
internal sealed class InvalidationInterceptor : SaveChangesInterceptor, IDbTransactionInterceptor
{
    public event Action<IReadOnlyList<CacheInvalidation>>? Saved;

    /// <summary>Sends them to other processes, which read the table anyway; never throws and does not take long.</summary>
    public Func<IReadOnlyList<CacheInvalidation>, Task>? Announce { get; set; }

    public override int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        PublishAsync(eventData.Context, isCommitted: false).GetAwaiter().GetResult();
        return result;
    }

    public override async ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        await PublishAsync(eventData.Context, isCommitted: false);
        return result;
    }

    public void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) =>
        PublishAsync(eventData.Context, isCommitted: true).GetAwaiter().GetResult();

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default) =>
        PublishAsync(eventData.Context, isCommitted: true);

    // Within a transaction of its caller a save is not yet true. Changes are only ever added, so what a context tracks of them is what it has saved and not yet told.
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
