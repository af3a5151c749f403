using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AuthSidecar.Platform.Storage.Postgres.Migrations;

/// <summary>Budgets of a week and of a day beside those of a month, and the spend of this week and its days.</summary>
[DbContext(typeof(PostgresDbContext))]
[Migration("20261201043001_BudgetPeriods")]
internal sealed class BudgetPeriods : Migration
{
    private static readonly string[] _key = ["Scope", "SubjectId", "Period"];
    private static readonly string[] _keyBefore = ["Scope", "SubjectId"];

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>("Period", "Budgets", "text", defaultValue: "month");
        migrationBuilder.DropPrimaryKey("PK_Budgets", "Budgets");
        migrationBuilder.AddPrimaryKey("PK_Budgets", "Budgets", _key);
        migrationBuilder.Sql(SqlFile.Read("Postgres/Migrations/budget_periods_spends.sql"));
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("""DELETE FROM "Budgets" WHERE "Period" <> 'month'; DELETE FROM "Spends" WHERE "Month" >= 1000000""");
        migrationBuilder.DropPrimaryKey("PK_Budgets", "Budgets");
        migrationBuilder.DropColumn("Period", "Budgets");
        migrationBuilder.AddPrimaryKey("PK_Budgets", "Budgets", _keyBefore);
    }
}
