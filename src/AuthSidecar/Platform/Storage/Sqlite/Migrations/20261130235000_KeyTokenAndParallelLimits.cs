using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AuthSidecar.Platform.Storage.Sqlite.Migrations;

/// <summary>Each key's own limits of tokens and of requests that run at a time.</summary>
[DbContext(typeof(SqliteDbContext))]
[Migration("20261130235000_KeyTokenAndParallelLimits")]
internal sealed class KeyTokenAndParallelLimits : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<int>("Parallel", "ApiKeys", "INTEGER", nullable: true);
        migrationBuilder.AddColumn<long>("TokenWindow", "ApiKeys", "INTEGER", nullable: true);
        migrationBuilder.AddColumn<long>("Tokens", "ApiKeys", "INTEGER", nullable: true);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropColumn("Parallel", "ApiKeys");
        migrationBuilder.DropColumn("TokenWindow", "ApiKeys");
        migrationBuilder.DropColumn("Tokens", "ApiKeys");
    }
}
