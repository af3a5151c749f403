using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AuthSidecar.Platform.Storage.Sqlite.Migrations;

/// <summary>Users, keys, budgets and the sequence of changes.</summary>
[DbContext(typeof(SqliteDbContext))]
[Migration("0001_Initial")]
internal sealed class Initial : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "Users",
            table => new
            {
                Id = table.Column<string>("TEXT", nullable: false),
                Name = table.Column<string>("TEXT", nullable: false),
                Email = table.Column<string>("TEXT", nullable: true),
                Role = table.Column<string>("TEXT", nullable: false),
                Status = table.Column<string>("TEXT", nullable: false),
                IsSystem = table.Column<bool>("INTEGER", nullable: false),
                CreatedAt = table.Column<long>("INTEGER", nullable: false),
                UpdatedAt = table.Column<long>("INTEGER", nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_Users", user => user.Id));
        migrationBuilder.CreateIndex("IX_Users_Name", "Users", "Name", unique: true);

        migrationBuilder.CreateTable(
            "ApiKeys",
            table => new
            {
                Id = table.Column<string>("TEXT", nullable: false),
                Hash = table.Column<byte[]>("BLOB", nullable: true),
                UserId = table.Column<string>("TEXT", nullable: false),
                Name = table.Column<string>("TEXT", nullable: true),
                Scopes = table.Column<string>("TEXT", nullable: false),
                Models = table.Column<string>("TEXT", nullable: false),
                Tenant = table.Column<string>("TEXT", nullable: true),
                Subject = table.Column<string>("TEXT", nullable: false),
                Permits = table.Column<int>("INTEGER", nullable: true),
                Window = table.Column<long>("INTEGER", nullable: true),
                CreatedAt = table.Column<long>("INTEGER", nullable: false),
                ExpiresAt = table.Column<long>("INTEGER", nullable: true),
                RevokedAt = table.Column<long>("INTEGER", nullable: true),
                ExpiredAt = table.Column<long>("INTEGER", nullable: true),
                LastUsedAt = table.Column<long>("INTEGER", nullable: true),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_ApiKeys", key => key.Id);
                table.ForeignKey("FK_ApiKeys_Users_UserId", key => key.UserId, "Users", "Id", onDelete: ReferentialAction.Restrict);
            });
        migrationBuilder.CreateIndex("IX_ApiKeys_UserId", "ApiKeys", "UserId");

        migrationBuilder.CreateTable(
            "Budgets",
            table => new
            {
                Scope = table.Column<string>("TEXT", nullable: false),
                SubjectId = table.Column<string>("TEXT", nullable: false),
                LimitMicros = table.Column<long>("INTEGER", nullable: false),
                UpdatedAt = table.Column<long>("INTEGER", nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_Budgets", budget => new { budget.Scope, budget.SubjectId }));

        migrationBuilder.CreateTable(
            "Changes",
            table => new
            {
                Sequence = table.Column<long>("INTEGER", nullable: false).Annotation("Sqlite:Autoincrement", true),
                KeyId = table.Column<string>("TEXT", nullable: true),
                UserId = table.Column<string>("TEXT", nullable: true),
                At = table.Column<long>("INTEGER", nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_Changes", change => change.Sequence));
    }
}
