using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AuthSidecar.Platform.Storage.Postgres.Migrations;

/// <summary>The pepper of each key's hash.</summary>
[DbContext(typeof(PostgresDbContext))]
[Migration("20261130161501_KeyPeppers")]
internal sealed class KeyPeppers : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.AddColumn<string>("Pepper", "ApiKeys", "text", nullable: true, collation: PostgresDbContext.Collation);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropColumn("Pepper", "ApiKeys");
}
