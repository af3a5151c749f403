using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace AuthSidecar.Platform.Storage;

/// <summary>The database; opens short-lived contexts on it.</summary>
internal abstract class Store : IAsyncDisposable
{
    /// <summary>Invalidations saved by contexts of this store.</summary>
    public InvalidationInterceptor Invalidations { get; } = new();

    /// <summary>Path, or host and database, for messages; never a password.</summary>
    public abstract string Name { get; }

    public abstract SidecarDbContext Open();

    /// <summary>Migrates an embedded store; only checks a shared one.</summary>
    public abstract Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>As <see cref="PrepareAsync"/>, but never makes a store.</summary>
    /// <exception cref="StoreUnavailableException">There is no store.</exception>
    public virtual Task PrepareExistingAsync(CancellationToken cancellationToken) => PrepareAsync(cancellationToken);

    /// <summary>Migrates the schema to this version.</summary>
    /// <returns>Names of the applied migrations.</returns>
    public abstract Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken);

    /// <summary>True if a save failed because a name or id is taken.</summary>
    public abstract bool IsTaken(DbUpdateException exception);

    /// <summary>Begins a transaction of usage.</summary>
    public abstract Task<UsageTransaction> BeginUsageAsync(CancellationToken cancellationToken);

    /// <summary>True for a permanent rejection of the data; false for an outage, after which a retry may succeed.</summary>
    public abstract bool IsRefusal(Exception exception);

    /// <summary>True if the server ended the connection of a call, as at its restart; a repeated read gets another connection.</summary>
    public virtual bool IsConnectionLost(Exception exception) => false;

    public abstract ValueTask DisposeAsync();

    // Tests compare the model with the migrations, so a start need not.
    protected static void ModelIsTested(WarningsConfigurationBuilder warnings) =>
        warnings.Ignore(RelationalEventId.PendingModelChangesWarning);

    // Exceptions of neither the database nor the machine are caused by the data.
    protected static bool IsDataError(Exception exception) =>
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
