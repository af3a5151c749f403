namespace AuthSidecar.Platform.Storage;

/// <summary>
/// One atomic write of usage. Rows and sums are locked in the same order everywhere, which avoids deadlocks between replicas.
/// </summary>
internal abstract class UsageTransaction : IAsyncDisposable
{
    /// <summary>Opens a context within the transaction.</summary>
    public abstract SidecarDbContext Open();

    /// <summary>Locks an interception and its records until the end of the transaction.</summary>
    /// <returns>False when the id does not exist.</returns>
    public abstract Task<bool> TryLockInterceptionAsync(string id, CancellationToken cancellationToken);

    /// <summary>Inserts rows that do not exist yet.</summary>
    /// <param name="rows">Sorted by id.</param>
    /// <param name="cancellationToken">Aborts the write.</param>
    /// <returns>Those that existed already, as stored, locked until the end of the transaction.</returns>
    public abstract Task<List<UsageRow>> InsertAsync(IReadOnlyList<UsageRow> rows, CancellationToken cancellationToken);

    public abstract Task UpdateAsync(IReadOnlyList<UsageRow> rows, CancellationToken cancellationToken);

    /// <summary>Reads and locks rows of other batches.</summary>
    /// <param name="ids">Sorted.</param>
    /// <param name="cancellationToken">Aborts the write.</param>
    /// <returns>The existing ones, locked until the end of the transaction.</returns>
    public abstract Task<List<UsageRow>> LockAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken);

    /// <summary>Inserts objects that do not exist yet.</summary>
    /// <param name="objects">Distinct and sorted.</param>
    /// <param name="cancellationToken">Aborts the write.</param>
    /// <returns>Those that existed already, as stored, locked until the end of the transaction.</returns>
    public abstract Task<List<BilledObject>> ClaimAsync(IReadOnlyList<BilledObject> objects, CancellationToken cancellationToken);

    public abstract Task UpdateAsync(IReadOnlyList<BilledObject> objects, CancellationToken cancellationToken);

    /// <summary>Adds to the daily sums, and deletes those without requests.</summary>
    /// <param name="differences">Sorted.</param>
    /// <param name="cancellationToken">Aborts the write.</param>
    public abstract Task AddAsync(IReadOnlyList<UsageDay> differences, CancellationToken cancellationToken);

    /// <summary>Adds to the monthly spend.</summary>
    /// <param name="differences">Sorted.</param>
    /// <param name="cancellationToken">Aborts the write.</param>
    public abstract Task AddAsync(IReadOnlyList<Spend> differences, CancellationToken cancellationToken);

    public abstract Task CommitAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}
