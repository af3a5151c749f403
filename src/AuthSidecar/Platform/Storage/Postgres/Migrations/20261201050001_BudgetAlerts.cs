using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AuthSidecar.Platform.Storage.Postgres.Migrations;

/// <summary>Warnings of budgets, and the events of reached warnings and limits.</summary>
[DbContext(typeof(PostgresDbContext))]
[Migration("20261201050001_BudgetAlerts")]
internal sealed class BudgetAlerts : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<long>("WarnMicros", "Budgets", "bigint", nullable: true);
        migrationBuilder.CreateTable(
            "BudgetAlerts",
            table => new
            {
                Scope = table.Column<string>("text", nullable: false),
                SubjectId = table.Column<string>("text", nullable: false, collation: "C"),
                SpenderId = table.Column<string>("text", nullable: false, collation: "C"),
                PeriodId = table.Column<int>("integer", nullable: false),
                Event = table.Column<string>("text", nullable: false),
                MessageId = table.Column<string>("text", nullable: false, collation: "C"),
                At = table.Column<long>("bigint", nullable: false),
                LimitMicros = table.Column<long>("bigint", nullable: false),
                WarnMicros = table.Column<long>("bigint", nullable: true),
                SpentMicros = table.Column<long>("bigint", nullable: false),
                Attempts = table.Column<int>("integer", nullable: false),
                NextAt = table.Column<long>("bigint", nullable: true),
                DeliveredAt = table.Column<long>("bigint", nullable: true),
            },
            constraints: table =>
                table.PrimaryKey(
                    "PK_BudgetAlerts",
                    row => new
                    {
                        row.Scope,
                        row.SubjectId,
                        row.SpenderId,
                        row.PeriodId,
                        row.Event,
                    }
                )
        );
        migrationBuilder.CreateIndex("IX_BudgetAlerts_MessageId", "BudgetAlerts", "MessageId", unique: true);
        migrationBuilder.CreateIndex("IX_BudgetAlerts_NextAt", "BudgetAlerts", "NextAt", filter: "\"NextAt\" IS NOT NULL");
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropTable("BudgetAlerts");
        migrationBuilder.DropColumn("WarnMicros", "Budgets");
    }
}
