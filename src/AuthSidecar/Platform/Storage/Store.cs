using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace AuthSidecar.Platform.Storage;

/// <summary>The database behind everything; opens short-lived contexts on it.</summary>
internal abstract class Store : IAsyncDisposable
{
    /// <summary>Invalidations saved by contexts of this store.</summary>
    public InvalidationInterceptor Invalidations { get; } = new();

    /// <summary>Which one it is, for people: a path, or host and database; never a password.</summary>
    public abstract string Name { get; }

    public abstract SidecarDbContext Open();

    /// <summary>Makes an embedded store fit for use; of a shared one only finds out whether it is.</summary>
    public abstract Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Brings the schema to this version.</summary>
    /// <returns>The names of the migrations that were applied.</returns>
    public abstract Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken);

    /// <summary>True when a save failed because a name or id is taken.</summary>
    public abstract bool IsTaken(DbUpdateException exception);

    /// <summary>Begins to write usage.</summary>
    public abstract Task<UsageTransaction> BeginUsageAsync(CancellationToken cancellationToken);

    /// <summary>
    /// True when what was to be written is refused and always will be; false when it is the store's state, and later may be better.
    /// </summary>
    public abstract bool IsRefusal(Exception exception);

    public abstract ValueTask DisposeAsync();

    // The tests compare the model with the migrations; a start has no time for it.
    protected static void ModelIsTested(WarningsConfigurationBuilder warnings) =>
        warnings.Ignore(RelationalEventId.PendingModelChangesWarning);

    // What is neither the database's word nor the machine's was thrown over the data.
    protected static bool IsOverData(Exception exception) =>
        exception
            is not (
                System.Data.Common.DbException
                or IOException
                or UnauthorizedAccessException
                or TimeoutException
                or InvalidOperationException
                or OperationCanceledException
                or StoreUnavailableException
                or System.Net.Sockets.SocketException
            );
}
