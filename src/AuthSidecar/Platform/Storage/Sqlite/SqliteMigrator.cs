using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Platform.Storage.Sqlite;

/// <summary>Creates the file and migrates its schema, one process at a time.</summary>
internal sealed class SqliteMigrator(string path, TimeProvider time)
{
    public Task<IReadOnlyList<string>> RunAsync(SidecarDbContext context, CancellationToken cancellationToken) =>
        RunAsync(context, mayCreate: true, cancellationToken);

    /// <summary>Migrates a store that exists.</summary>
    /// <exception cref="StoreUnavailableException">There is none.</exception>
    public Task<IReadOnlyList<string>> RunExistingAsync(SidecarDbContext context, CancellationToken cancellationToken) =>
        RunAsync(context, mayCreate: false, cancellationToken);

    private async Task<IReadOnlyList<string>> RunAsync(SidecarDbContext context, bool mayCreate, CancellationToken cancellationToken)
    {
        try
        {
            if (mayCreate)
            {
                DataDirectory.Make(Path.GetDirectoryName(path)!);
                await using (new FileStream(path, DataDirectory.NewFile(FileMode.OpenOrCreate))) { }
            }
            else if (await IsAbsentAsync(context, cancellationToken))
            {
                throw new StoreUnavailableException(
                    $"There is no store at {path}. Name the sidecar's settings with --config; serve and migrate make a new store."
                );
            }

            if (await PendingAsync(context, cancellationToken) is { Count: 0 })
            {
                return [];
            }

            using var mutex = await FileMutex.TakeAsync($"{path}.lock", time, cancellationToken);
            return await MigrateAsync(context, cancellationToken);
        }
        catch (Exception exception) when (exception is DbException or IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"The store at {path} cannot be opened: {exception.Message}", exception);
        }
    }

    // Opened first: a file that cannot be read is not absent. An empty file is what an interrupted first start leaves.
    private async Task<bool> IsAbsentAsync(SidecarDbContext context, CancellationToken cancellationToken)
    {
        try
        {
            await using (new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)) { }
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return true;
        }

        return !(await context.Database.GetAppliedMigrationsAsync(cancellationToken)).Any();
    }

    private static async Task<List<string>> MigrateAsync(SidecarDbContext context, CancellationToken cancellationToken)
    {
        var pending = await PendingAsync(context, cancellationToken);
        await context.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = WAL", cancellationToken);

        // Entity Framework's own lock is a row that a killed process leaves behind forever. Under the file lock no other process can hold
        // it.
        await context.Database.ExecuteSqlRawAsync("""DROP TABLE IF EXISTS "__EFMigrationsLock" """, cancellationToken);
        await context.Database.MigrateAsync(cancellationToken);
        return pending;
    }

    private static async Task<List<string>> PendingAsync(SidecarDbContext context, CancellationToken cancellationToken)
    {
        var known = context.Database.GetMigrations().ToList();
        var applied = (await context.Database.GetAppliedMigrationsAsync(cancellationToken)).ToList();
        return applied.Except(known).FirstOrDefault() is { } unknown
            ? throw new StoreUnavailableException(
                $"The store was made by a newer version of the sidecar (it has the migration {unknown}); use that version or restore "
                    + "a backup."
            )
            : known.Except(applied).ToList();
    }
}
