using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Platform.Storage;

/// <summary>
/// Limits store reads that a request waits for: bounded concurrency, and a timeout for each. A read whose connection the server ended is
/// repeated once.
/// </summary>
internal sealed class StoreReadLimiter(Store store, TimeProvider time) : IDisposable
{
    private const int CommandSeconds = 1;
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _slots = new(4 * Environment.ProcessorCount);

    /// <param name="what">The subject of the read, for operators, e.g. <c>a key</c>.</param>
    /// <param name="read">The statement.</param>
    /// <param name="cancellationToken">Stops waiting, not the statement.</param>
    /// <exception cref="StoreUnavailableException">No answer in time.</exception>
    public async Task<T> RunAsync<T>(string what, Func<SidecarDbContext, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            if (!await _slots.WaitAsync(_timeout, cancellationToken))
            {
                throw new StoreUnavailableException($"The store is too busy for the lookup of {what}.");
            }

            // The embedded database blocks its thread, possibly for long: a slot is released only when the statement has ended.
            return await Task.Run(() => ReadAndReleaseAsync(read), CancellationToken.None).WaitAsync(_timeout, time, cancellationToken);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or StoreUnavailableException))
        {
            throw new StoreUnavailableException($"The store did not answer the lookup of {what}.", exception);
        }
    }

    public void Dispose() => _slots.Dispose();

    private async Task<T> ReadAndReleaseAsync<T>(Func<SidecarDbContext, Task<T>> read)
    {
        try
        {
            return await ReadAsync(read);
        }
        catch (Exception exception) when (store.IsConnectionLost(exception))
        {
            return await ReadAsync(read);
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task<T> ReadAsync<T>(Func<SidecarDbContext, Task<T>> read)
    {
        await using var context = store.Open();
        context.Database.SetCommandTimeout(CommandSeconds);
        return await read(context);
    }
}
