using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AuthSidecar.Platform.Storage.Sqlite.Migrations;

/// <summary>Budgets of a week and of a day beside those of a month, and the spend of this week and its days.</summary>
[DbContext(typeof(SqliteDbContext))]
[Migration("20261201043000_BudgetPeriods")]
internal sealed class BudgetPeriods : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(SqlFile.Read("Sqlite/Migrations/budget_periods_up.sql"));
        migrationBuilder.Sql(SqlFile.Read("Sqlite/Migrations/budget_periods_spends.sql"));
    }

    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql(SqlFile.Read("Sqlite/Migrations/budget_periods_down.sql"));
}
