using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AuthSidecar.Storage.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class SeenUsage : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "ObjectId",
                table: "Usage",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<long>(
                name: "SeenInputTokens",
                table: "Usage",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "SeenOutputTokens",
                table: "Usage",
                type: "bigint",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "BilledObjects",
                columns: table => new
                {
                    Provider = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ObjectId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    DecisionId = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    MakerId = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Time = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_BilledObjects", x => new { x.Provider, x.ObjectId });
                });

            migrationBuilder.CreateIndex(
                name: "IX_BilledObjects_Time",
                table: "BilledObjects",
                column: "Time");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "BilledObjects");

            migrationBuilder.DropColumn(
                name: "ObjectId",
                table: "Usage");

            migrationBuilder.DropColumn(
                name: "SeenInputTokens",
                table: "Usage");

            migrationBuilder.DropColumn(
                name: "SeenOutputTokens",
                table: "Usage");
        }
    }
}
