using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Rest;

/// <summary>A request with an idempotency key.</summary>
/// <param name="Caller">Its sender.</param>
/// <param name="Key">Chosen by the sender.</param>
/// <param name="RequestHash">HMAC-SHA256 of method, path and body under the first pepper.</param>
internal sealed record IdempotencySlot(string Caller, string Key, byte[] RequestHash);

/// <summary>Requests with an idempotency key, and their answers.</summary>
internal sealed class IdempotencyStore(Store store, TimeProvider time)
{
    private static readonly TimeSpan _kept = TimeSpan.FromHours(24);

    // A replica that ended in the middle of a request never completes it.
    private static readonly TimeSpan _longestRun = TimeSpan.FromMinutes(2);

    /// <returns>The earlier request with this key; null: this one is the first and may run.</returns>
    public async Task<IdempotencyKey?> BeginAsync(IdempotencySlot slot, CancellationToken cancellationToken)
    {
        var now = Instant.Now(time);
        var (expired, stuck) = (now - _kept, now - _longestRun);
        await using var context = store.Open();
        await context
            .IdempotencyKeys.Where(row => row.CreatedAt < expired || (row.Status == null && row.CreatedAt < stuck))
            .ExecuteDeleteAsync(cancellationToken);
        context.IdempotencyKeys.Add(
            new()
            {
                Caller = slot.Caller,
                Key = slot.Key,
                RequestHash = slot.RequestHash,
                CreatedAt = now,
            }
        );
        try
        {
            await context.SaveChangesAsync(cancellationToken);
            return null;
        }
        catch (DbUpdateException exception) when (store.IsTaken(exception))
        {
            context.ChangeTracker.Clear();
        }

        return await context
            .IdempotencyKeys.AsNoTracking()
            .SingleOrDefaultAsync(row => row.Caller == slot.Caller && row.Key == slot.Key, cancellationToken)
            // Abandoned between insert and read: as good as running.
            ?? new()
            {
                Caller = slot.Caller,
                Key = slot.Key,
                RequestHash = slot.RequestHash,
            };
    }

    /// <summary>Keeps the answer for repetitions. Not cancelled: the change is made.</summary>
    public async Task CompleteAsync(IdempotencySlot slot, int status, string? location, string body)
    {
        await using var context = store.Open();
        await Mine(context, slot)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(row => row.Status, status)
                        .SetProperty(row => row.Location, location)
                        .SetProperty(row => row.Body, body),
                CancellationToken.None
            );
    }

    /// <summary>Forgets a request that failed.</summary>
    public async Task AbandonAsync(IdempotencySlot slot)
    {
        await using var context = store.Open();
        await Mine(context, slot).ExecuteDeleteAsync(CancellationToken.None);
    }

    private static IQueryable<IdempotencyKey> Mine(SidecarDbContext context, IdempotencySlot slot) =>
        context.IdempotencyKeys.Where(row =>
            row.Caller == slot.Caller && row.Key == slot.Key && row.RequestHash == slot.RequestHash && row.Status == null
        );
}
