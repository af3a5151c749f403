using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AuthSidecar.Platform.Storage.Sqlite.Migrations;

/// <summary>The pepper of each key's hash.</summary>
[DbContext(typeof(SqliteDbContext))]
[Migration("20261130161500_KeyPeppers")]
internal sealed class KeyPeppers : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.AddColumn<string>("Pepper", "ApiKeys", "TEXT", nullable: true);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropColumn("Pepper", "ApiKeys");
}
