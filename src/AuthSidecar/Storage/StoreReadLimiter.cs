using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Storage;

/// <summary>Reads that a request waits for: a bounded number at once, and each answers in time or not at all.</summary>
internal sealed class StoreReadLimiter(Store store, TimeProvider time) : IDisposable
{
    private const int CommandSeconds = 1;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _slots = new(4 * Environment.ProcessorCount);

    /// <param name="what">What is read, for operators, e.g. <c>a key</c>.</param>
    /// <param name="read">The statement.</param>
    /// <param name="cancellationToken">Gives up waiting, not the statement.</param>
    /// <exception cref="StoreUnavailableException">Nothing is known, in time.</exception>
    public async Task<T> RunAsync<T>(string what, Func<SidecarDbContext, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            if (!await _slots.WaitAsync(_patience, cancellationToken))
            {
                throw new StoreUnavailableException($"The store is too busy to look {what} up.");
            }

            // The embedded database blocks its thread, perhaps for long: a slot is free again only when the statement has really ended.
            return await Task.Run(() => ReadAndReleaseAsync(read), CancellationToken.None).WaitAsync(_patience, time, cancellationToken);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or StoreUnavailableException))
        {
            throw new StoreUnavailableException($"The store did not answer when {what} was looked up.", exception);
        }
    }

    public void Dispose() => _slots.Dispose();

    private async Task<T> ReadAndReleaseAsync<T>(Func<SidecarDbContext, Task<T>> read)
    {
        try
        {
            await using var context = store.Open();
            context.Database.SetCommandTimeout(CommandSeconds);
            return await read(context);
        }
        finally
        {
            _slots.Release();
        }
    }
}
