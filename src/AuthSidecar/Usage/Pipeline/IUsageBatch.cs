namespace AuthSidecar.Usage.Pipeline;

/// <summary>Items that <see cref="UsageBatchWriter"/> commits in one transaction, and their outcome.</summary>
internal interface IUsageBatch<T>
{
    /// <summary>Called once, when the writer's turn has come: items that arrived while it waited belong to the batch.</summary>
    ArraySegment<T> Take();

    /// <summary>Writes some of the items in one transaction; may be called again for the same items after a rollback.</summary>
    Task<UsageChanges> WriteAsync(UsageRepository repository, ArraySegment<T> items, CancellationToken cancellationToken);

    /// <summary>Called after the commit and its settlement.</summary>
    void Commit(ArraySegment<T> items);

    /// <summary>Called for an item that the store rejects for its content.</summary>
    void Reject(T item, Exception problem);
}
