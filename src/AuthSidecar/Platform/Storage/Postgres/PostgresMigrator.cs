using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Platform.Storage.Postgres;

/// <summary>Migrates the schema to this version, one process at a time.</summary>
internal static class PostgresMigrator
{
    private const int MostSeconds = 600;

    /// <summary>Migrations that the database lacks.</summary>
    /// <exception cref="StoreUnavailableException">A newer version has migrated the database.</exception>
    public static async Task<List<string>> PendingAsync(SidecarDbContext context, CancellationToken cancellationToken)
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

    public static async Task<IReadOnlyList<string>> RunAsync(SidecarDbContext context, CancellationToken cancellationToken)
    {
        context.Database.SetCommandTimeout(MostSeconds);
        await context.Database.OpenConnectionAsync(cancellationToken);

        // Entity Framework locks its own table, which two first processes would both create.
        await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_lock({AdvisoryLocks.Migration})", cancellationToken);
        try
        {
            var pending = await PendingAsync(context, cancellationToken);
            if (pending.Count > 0)
            {
                await context.Database.MigrateAsync(cancellationToken);
            }

            return pending;
        }
        finally
        {
            // The pool also releases it, but only when the connection is used again.
            await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_unlock({AdvisoryLocks.Migration})", CancellationToken.None);
        }
    }
}
