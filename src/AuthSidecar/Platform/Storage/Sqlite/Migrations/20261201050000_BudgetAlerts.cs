using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AuthSidecar.Platform.Storage.Sqlite.Migrations;

/// <summary>Warnings of budgets, and the events of reached warnings and limits.</summary>
[DbContext(typeof(SqliteDbContext))]
[Migration("20261201050000_BudgetAlerts")]
internal sealed class BudgetAlerts : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<long>("WarnMicros", "Budgets", "INTEGER", nullable: true);
        migrationBuilder.CreateTable(
            "BudgetAlerts",
            table => new
            {
                Scope = table.Column<string>("TEXT", nullable: false),
                SubjectId = table.Column<string>("TEXT", nullable: false),
                SpenderId = table.Column<string>("TEXT", nullable: false),
                PeriodId = table.Column<int>("INTEGER", nullable: false),
                Event = table.Column<string>("TEXT", nullable: false),
                MessageId = table.Column<string>("TEXT", nullable: false),
                At = table.Column<long>("INTEGER", nullable: false),
                LimitMicros = table.Column<long>("INTEGER", nullable: false),
                WarnMicros = table.Column<long>("INTEGER", nullable: true),
                SpentMicros = table.Column<long>("INTEGER", nullable: false),
                Attempts = table.Column<int>("INTEGER", nullable: false),
                NextAt = table.Column<long>("INTEGER", nullable: true),
                DeliveredAt = table.Column<long>("INTEGER", nullable: true),
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
