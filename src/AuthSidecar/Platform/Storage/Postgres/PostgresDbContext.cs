using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Platform.Storage.Postgres;

internal sealed class PostgresDbContext(DbContextOptions<PostgresDbContext> options) : SidecarDbContext(options)
{
    /// <summary>Text is compared and sorted by its bytes, as in SQLite, whatever the locale of the database.</summary>
    public const string Collation = "C";

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<string>().UseCollation(Collation);
    }
}
