using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AuthSidecar.Platform.Storage.Sqlite.Migrations;

/// <summary>Kinds of key, tenants, apps, groups, and the keys of assertions.</summary>
[DbContext(typeof(SqliteDbContext))]
[Migration("0002_BearerPipeline")]
internal sealed class BearerPipeline : Migration
{
    // SQLite cannot make a column nullable, so the table is made anew.
    private const string RemakeApiKeys = """
        CREATE TABLE "ApiKeys_new" (
            "Id" TEXT NOT NULL CONSTRAINT "PK_ApiKeys" PRIMARY KEY,
            "Format" TEXT NOT NULL,
            "Hash" BLOB NULL,
            "IsHashImported" INTEGER NOT NULL,
            "UserId" TEXT NULL,
            "ExternalIssuer" TEXT NULL,
            "ExternalSubject" TEXT NULL,
            "Name" TEXT NULL,
            "Scopes" TEXT NOT NULL,
            "Models" TEXT NOT NULL,
            "Tenant" TEXT NULL,
            "Subject" TEXT NOT NULL,
            "Permits" INTEGER NULL,
            "Window" INTEGER NULL,
            "CreatedAt" INTEGER NOT NULL,
            "ExpiresAt" INTEGER NULL,
            "RevokedAt" INTEGER NULL,
            "ExpiredAt" INTEGER NULL,
            "LastUsedAt" INTEGER NULL,
            CONSTRAINT "FK_ApiKeys_Users_UserId" FOREIGN KEY ("UserId") REFERENCES "Users" ("Id") ON DELETE RESTRICT
        );
        INSERT INTO "ApiKeys_new"
            SELECT "Id", 'ask', "Hash", 0, "UserId", NULL, NULL, "Name", "Scopes", "Models", "Tenant", "Subject", "Permits", "Window",
                   "CreatedAt", "ExpiresAt", "RevokedAt", "ExpiredAt", "LastUsedAt" FROM "ApiKeys";
        DROP TABLE "ApiKeys";
        ALTER TABLE "ApiKeys_new" RENAME TO "ApiKeys";
        CREATE INDEX "IX_ApiKeys_UserId" ON "ApiKeys" ("UserId");
        CREATE UNIQUE INDEX "IX_ApiKeys_Hash" ON "ApiKeys" ("Hash");
        CREATE INDEX "IX_ApiKeys_Format" ON "ApiKeys" ("Format");
        """;

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(RemakeApiKeys);
        migrationBuilder.AddColumn<string>("TenantId", "Changes", "TEXT", nullable: true);
        migrationBuilder.AddColumn<string>("AppId", "Changes", "TEXT", nullable: true);

        migrationBuilder.CreateTable(
            "Tenants",
            table => new { Id = table.Column<string>("TEXT", nullable: false), CreatedAt = table.Column<long>("INTEGER", nullable: false) },
            constraints: table => table.PrimaryKey("PK_Tenants", tenant => tenant.Id));
        migrationBuilder.CreateTable(
            "Apps",
            table => new
            {
                Id = table.Column<string>("TEXT", nullable: false),
                TenantId = table.Column<string>("TEXT", nullable: false),
                Mode = table.Column<string>("TEXT", nullable: false),
                Status = table.Column<string>("TEXT", nullable: false),
                CreatedAt = table.Column<long>("INTEGER", nullable: false),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_Apps", app => app.Id);
                table.ForeignKey("FK_Apps_Tenants_TenantId", app => app.TenantId, "Tenants", "Id", onDelete: ReferentialAction.Restrict);
            });
        migrationBuilder.CreateIndex("IX_Apps_TenantId", "Apps", "TenantId");
        migrationBuilder.CreateTable(
            "Members",
            table => new
            {
                TenantId = table.Column<string>("TEXT", nullable: false),
                UserId = table.Column<string>("TEXT", nullable: false),
                Role = table.Column<string>("TEXT", nullable: false),
                CreatedAt = table.Column<long>("INTEGER", nullable: false),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_Members", member => new { member.TenantId, member.UserId });
                table.ForeignKey("FK_Members_Tenants_TenantId", member => member.TenantId, "Tenants", "Id", onDelete: ReferentialAction.Restrict);
                table.ForeignKey("FK_Members_Users_UserId", member => member.UserId, "Users", "Id", onDelete: ReferentialAction.Restrict);
            });
        migrationBuilder.CreateIndex("IX_Members_UserId", "Members", "UserId");

        migrationBuilder.CreateTable(
            "Groups",
            table => new { Id = table.Column<string>("TEXT", nullable: false), CreatedAt = table.Column<long>("INTEGER", nullable: false) },
            constraints: table => table.PrimaryKey("PK_Groups", group => group.Id));
        migrationBuilder.CreateTable(
            "GroupMembers",
            table => new { GroupId = table.Column<string>("TEXT", nullable: false), UserId = table.Column<string>("TEXT", nullable: false) },
            constraints: table =>
            {
                table.PrimaryKey("PK_GroupMembers", member => new { member.GroupId, member.UserId });
                table.ForeignKey("FK_GroupMembers_Groups_GroupId", member => member.GroupId, "Groups", "Id", onDelete: ReferentialAction.Restrict);
                table.ForeignKey("FK_GroupMembers_Users_UserId", member => member.UserId, "Users", "Id", onDelete: ReferentialAction.Restrict);
            });
        migrationBuilder.CreateIndex("IX_GroupMembers_UserId", "GroupMembers", "UserId");

        migrationBuilder.CreateTable(
            "AssertionKeys",
            table => new
            {
                Period = table.Column<long>("INTEGER", nullable: false),
                KeyId = table.Column<string>("TEXT", nullable: false),
                Sealed = table.Column<byte[]>("BLOB", nullable: false),
                CreatedAt = table.Column<long>("INTEGER", nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_AssertionKeys", key => key.Period));
    }
}
