using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AuthSidecar.Platform.Storage.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class Accounting : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "AskedModel",
                table: "Usage",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "Detail",
                table: "Usage",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "KeyLine",
                table: "Usage",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "ObjectId",
                table: "Usage",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "Purses",
                table: "Usage",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<long>(
                name: "Requests",
                table: "Usage",
                type: "bigint",
                nullable: true);

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

            migrationBuilder.AddColumn<string>(
                name: "LineId",
                table: "ApiKeys",
                type: "text",
                nullable: true,
                collation: "C");

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
                name: "AskedModel",
                table: "Usage");

            migrationBuilder.DropColumn(
                name: "Detail",
                table: "Usage");

            migrationBuilder.DropColumn(
                name: "KeyLine",
                table: "Usage");

            migrationBuilder.DropColumn(
                name: "ObjectId",
                table: "Usage");

            migrationBuilder.DropColumn(
                name: "Purses",
                table: "Usage");

            migrationBuilder.DropColumn(
                name: "Requests",
                table: "Usage");

            migrationBuilder.DropColumn(
                name: "SeenInputTokens",
                table: "Usage");

            migrationBuilder.DropColumn(
                name: "SeenOutputTokens",
                table: "Usage");

            migrationBuilder.DropColumn(
                name: "LineId",
                table: "ApiKeys");
        }
    }
}
