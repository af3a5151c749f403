using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace AuthSidecar.Platform.Storage.Postgres;

internal sealed class PostgresDbContext(DbContextOptions<PostgresDbContext> options) : SidecarDbContext(options)
{
    /// <summary>Text is compared and sorted by its bytes, as in SQLite, whatever the locale of the database.</summary>
    public const string Collation = "C";

    public override async Task<IDbContextTransaction> BeginExclusiveAsync(long key, CancellationToken cancellationToken)
    {
        var transaction = await base.BeginExclusiveAsync(key, cancellationToken);
        try
        {
            await Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({key})", cancellationToken);
            return transaction;
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<string>().UseCollation(Collation);
    }
}
