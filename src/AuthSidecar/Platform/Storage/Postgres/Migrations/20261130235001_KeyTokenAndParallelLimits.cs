using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AuthSidecar.Platform.Storage.Postgres.Migrations;

/// <summary>Each key's own limits of tokens and of requests that run at a time.</summary>
[DbContext(typeof(PostgresDbContext))]
[Migration("20261130235001_KeyTokenAndParallelLimits")]
internal sealed class KeyTokenAndParallelLimits : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<int>("Parallel", "ApiKeys", "integer", nullable: true);
        migrationBuilder.AddColumn<long>("TokenWindow", "ApiKeys", "bigint", nullable: true);
        migrationBuilder.AddColumn<long>("Tokens", "ApiKeys", "bigint", nullable: true);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropColumn("Parallel", "ApiKeys");
        migrationBuilder.DropColumn("TokenWindow", "ApiKeys");
        migrationBuilder.DropColumn("Tokens", "ApiKeys");
    }
}
