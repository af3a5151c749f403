using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

namespace AuthSidecar.Platform.Storage.Postgres.Migrations;

/// <summary>Everything that SQLite has after its second migration.</summary>
[DbContext(typeof(PostgresDbContext))]
[Migration("0001_Initial")]
internal sealed class Initial : Migration
{
    private const string Text = "text";
    private const string Number = "bigint";
    private const string C = PostgresDbContext.Collation;

    // A reader who has seen a number must have seen all before it. So whoever adds changes waits for the others to commit, and only then is given a number:
    // triggers of a statement fire before its rows are made.
    private static readonly string _changesInOrder = $$"""
        CREATE FUNCTION authsidecar_changes_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock({{AdvisoryLocks.Changes}});
            RETURN NULL;
        END $$;
        CREATE TRIGGER "TR_Changes_InOrder" BEFORE INSERT ON "Changes" FOR EACH STATEMENT EXECUTE FUNCTION authsidecar_changes_in_order();
        """;

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        People(migrationBuilder);
        Keys(migrationBuilder);
        Apps(migrationBuilder);
        migrationBuilder.CreateTable(
            "Changes",
            table => new
            {
                Sequence = table.Column<long>(Number, nullable: false).Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                KeyId = table.Column<string>(Text, nullable: true, collation: C),
                UserId = table.Column<string>(Text, nullable: true, collation: C),
                TenantId = table.Column<string>(Text, nullable: true, collation: C),
                AppId = table.Column<string>(Text, nullable: true, collation: C),
                At = table.Column<long>(Number, nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_Changes", change => change.Sequence));
        migrationBuilder.Sql(_changesInOrder);
    }

    private static void People(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "Users",
            table => new
            {
                Id = table.Column<string>(Text, nullable: false, collation: C),
                Name = table.Column<string>(Text, nullable: false, collation: C),
                Email = table.Column<string>(Text, nullable: true, collation: C),
                Role = table.Column<string>(Text, nullable: false),
                Status = table.Column<string>(Text, nullable: false),
                IsSystem = table.Column<bool>("boolean", nullable: false),
                CreatedAt = table.Column<long>(Number, nullable: false),
                UpdatedAt = table.Column<long>(Number, nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_Users", user => user.Id));
        migrationBuilder.CreateIndex("IX_Users_Name", "Users", "Name", unique: true);

        migrationBuilder.CreateTable(
            "Groups",
            table => new { Id = table.Column<string>(Text, nullable: false, collation: C), CreatedAt = table.Column<long>(Number, nullable: false) },
            constraints: table => table.PrimaryKey("PK_Groups", group => group.Id));
        migrationBuilder.CreateTable(
            "GroupMembers",
            table => new { GroupId = table.Column<string>(Text, nullable: false, collation: C), UserId = table.Column<string>(Text, nullable: false, collation: C) },
            constraints: table =>
            {
                table.PrimaryKey("PK_GroupMembers", member => new { member.GroupId, member.UserId });
                table.ForeignKey("FK_GroupMembers_Groups_GroupId", member => member.GroupId, "Groups", "Id", onDelete: ReferentialAction.Restrict);
                table.ForeignKey("FK_GroupMembers_Users_UserId", member => member.UserId, "Users", "Id", onDelete: ReferentialAction.Restrict);
            });
        migrationBuilder.CreateIndex("IX_GroupMembers_UserId", "GroupMembers", "UserId");

        migrationBuilder.CreateTable(
            "Budgets",
            table => new
            {
                Scope = table.Column<string>(Text, nullable: false),
                SubjectId = table.Column<string>(Text, nullable: false, collation: C),
                LimitMicros = table.Column<long>(Number, nullable: false),
                UpdatedAt = table.Column<long>(Number, nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_Budgets", budget => new { budget.Scope, budget.SubjectId }));
    }

    private static void Keys(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "ApiKeys",
            table => new
            {
                Id = table.Column<string>(Text, nullable: false, collation: C),
                Format = table.Column<string>(Text, nullable: false),
                Hash = table.Column<byte[]>("bytea", nullable: true),
                IsHashImported = table.Column<bool>("boolean", nullable: false),
                UserId = table.Column<string>(Text, nullable: true, collation: C),
                ExternalIssuer = table.Column<string>(Text, nullable: true, collation: C),
                ExternalSubject = table.Column<string>(Text, nullable: true, collation: C),
                Name = table.Column<string>(Text, nullable: true, collation: C),
                Scopes = table.Column<string>(Text, nullable: false, collation: C),
                Models = table.Column<string>(Text, nullable: false, collation: C),
                Tenant = table.Column<string>(Text, nullable: true, collation: C),
                Subject = table.Column<string>(Text, nullable: false),
                Permits = table.Column<int>("integer", nullable: true),
                Window = table.Column<long>(Number, nullable: true),
                CreatedAt = table.Column<long>(Number, nullable: false),
                ExpiresAt = table.Column<long>(Number, nullable: true),
                RevokedAt = table.Column<long>(Number, nullable: true),
                ExpiredAt = table.Column<long>(Number, nullable: true),
                LastUsedAt = table.Column<long>(Number, nullable: true),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_ApiKeys", key => key.Id);
                table.ForeignKey("FK_ApiKeys_Users_UserId", key => key.UserId, "Users", "Id", onDelete: ReferentialAction.Restrict);
            });
        migrationBuilder.CreateIndex("IX_ApiKeys_UserId", "ApiKeys", "UserId");
        migrationBuilder.CreateIndex("IX_ApiKeys_Format", "ApiKeys", "Format");
        migrationBuilder.CreateIndex("IX_ApiKeys_Hash", "ApiKeys", "Hash", unique: true);

        migrationBuilder.CreateTable(
            "AssertionKeys",
            table => new
            {
                Period = table.Column<long>(Number, nullable: false),
                KeyId = table.Column<string>(Text, nullable: false, collation: C),
                Sealed = table.Column<byte[]>("bytea", nullable: false),
                CreatedAt = table.Column<long>(Number, nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_AssertionKeys", key => key.Period));
    }

    private static void Apps(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "Tenants",
            table => new { Id = table.Column<string>(Text, nullable: false, collation: C), CreatedAt = table.Column<long>(Number, nullable: false) },
            constraints: table => table.PrimaryKey("PK_Tenants", tenant => tenant.Id));
        migrationBuilder.CreateTable(
            "Apps",
            table => new
            {
                Id = table.Column<string>(Text, nullable: false, collation: C),
                TenantId = table.Column<string>(Text, nullable: false, collation: C),
                Mode = table.Column<string>(Text, nullable: false, collation: C),
                Status = table.Column<string>(Text, nullable: false),
                CreatedAt = table.Column<long>(Number, nullable: false),
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
                TenantId = table.Column<string>(Text, nullable: false, collation: C),
                UserId = table.Column<string>(Text, nullable: false, collation: C),
                Role = table.Column<string>(Text, nullable: false, collation: C),
                CreatedAt = table.Column<long>(Number, nullable: false),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_Members", member => new { member.TenantId, member.UserId });
                table.ForeignKey("FK_Members_Tenants_TenantId", member => member.TenantId, "Tenants", "Id", onDelete: ReferentialAction.Restrict);
                table.ForeignKey("FK_Members_Users_UserId", member => member.UserId, "Users", "Id", onDelete: ReferentialAction.Restrict);
            });
        migrationBuilder.CreateIndex("IX_Members_UserId", "Members", "UserId");
    }
}
