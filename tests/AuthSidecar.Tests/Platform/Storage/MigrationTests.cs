using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Postgres;
using AuthSidecar.Platform.Storage.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Platform.Storage;

public sealed class MigrationTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Model_HasNoChangesWithoutAMigration(bool isSqlite)
    {
        using var context = Design(isSqlite);

        Assert.False(
            context.Database.HasPendingModelChanges(),
            $"dotnet ef migrations add NAME --project src/AuthSidecar --context {context.GetType().Name}"
        );
    }

    // Every existing store has these ids.
    [Theory]
    [InlineData(true, "0001_Initial", "0002_BearerPipeline", "0003_Usage")]
    [InlineData(false, "0001_Initial", "0002_Usage")]
    public void NumberedMigrations_StayBeforeGeneratedOnes(bool isSqlite, params string[] numbered)
    {
        using var context = Design(isSqlite);
        var ids = context.Database.GetMigrations().ToList();

        Assert.Equal(numbered, ids[..numbered.Length]);
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
    }

    [Fact]
    public void Ids_OfBothKindsAreRead()
    {
        var ids = new MigrationIds();

        Assert.Equal("Usage", ids.GetName("0003_Usage"));
        Assert.Equal("Sign_In", ids.GetName("20261201120000_Sign_In"));
        Assert.Matches("^20[0-9]{12}_Sign_In$", ids.GenerateId("Sign_In"));
        Assert.True(ids.IsValidId("0003_Usage"));
        Assert.True(ids.IsValidId(ids.GenerateId("Sign_In")));
        Assert.False(ids.IsValidId("Sign_In"));
    }

    private static SidecarDbContext Design(bool isSqlite) =>
        isSqlite ? new SqliteDesign().CreateDbContext([]) : new PostgresDesign().CreateDbContext([]);
}
