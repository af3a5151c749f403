using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Storage;

/// <summary>The database behind everything; opens short-lived contexts on it.</summary>
internal abstract class Store : IAsyncDisposable
{
    /// <summary>What contexts of this store have saved.</summary>
    public ChangePublisher Changes { get; } = new();

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

    public abstract ValueTask DisposeAsync();
}
