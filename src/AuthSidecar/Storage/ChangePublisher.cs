using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace AuthSidecar.Storage;

/// <summary>Tells this process about its own changes at once; other processes read the table.</summary>
internal sealed class ChangePublisher : SaveChangesInterceptor
{
    public event Action<IReadOnlyList<Change>>? Saved;

    public override int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        Publish(eventData.Context);
        return result;
    }

    public override ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        Publish(eventData.Context);
        return new(result);
    }

    // Changes are only ever added, so what a context tracks of them is what it has just saved.
    private void Publish(DbContext? context)
    {
        if (Saved is { } saved && context?.ChangeTracker.Entries<Change>().Select(entry => entry.Entity).ToList() is { Count: > 0 } changes)
        {
            saved(changes);
        }
    }
}
