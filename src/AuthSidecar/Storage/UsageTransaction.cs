namespace AuthSidecar.Storage;

/// <summary>One write of usage, all of it or nothing. Rows and sums are taken in one order everywhere, so that two replicas cannot each wait for the other.</summary>
internal abstract class UsageTransaction : IAsyncDisposable
{
    /// <summary>Opens a context whose statements are part of it.</summary>
    public abstract SidecarDbContext Open();

    /// <summary>Keeps others from writing an interception and what hangs on it until the end.</summary>
    /// <returns>False when there is none of that id.</returns>
    public abstract Task<bool> TryLockInterceptionAsync(string id, CancellationToken cancellationToken);

    /// <summary>Adds the rows that are not there yet.</summary>
    /// <param name="rows">In the order of their ids.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Those that were there already, as they are stored; nobody else can change them until the end.</returns>
    public abstract Task<List<UsageRow>> InsertAsync(IReadOnlyList<UsageRow> rows, CancellationToken cancellationToken);

    public abstract Task UpdateAsync(IReadOnlyList<UsageRow> rows, CancellationToken cancellationToken);

    /// <summary>Finds rows of other batches.</summary>
    /// <param name="ids">In order.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Those that are there; nobody else can change them until the end.</returns>
    public abstract Task<List<UsageRow>> LockAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken);

    /// <summary>Adds the objects that are not there yet.</summary>
    /// <param name="objects">Each once, in one order everywhere.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Those that were there already, as they are stored; nobody else can change them until the end.</returns>
    public abstract Task<List<BilledObject>> ClaimAsync(IReadOnlyList<BilledObject> objects, CancellationToken cancellationToken);

    public abstract Task UpdateAsync(IReadOnlyList<BilledObject> objects, CancellationToken cancellationToken);

    /// <summary>Adds to the sums of days, and takes away those in which no request is left.</summary>
    /// <param name="differences">In one order everywhere.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public abstract Task AddAsync(IReadOnlyList<UsageDay> differences, CancellationToken cancellationToken);

    /// <summary>Adds to what was spent.</summary>
    /// <param name="differences">In one order everywhere.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public abstract Task AddAsync(IReadOnlyList<Spend> differences, CancellationToken cancellationToken);

    public abstract Task CommitAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}
