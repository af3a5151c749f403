using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AuthSidecar.Storage.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class KeyLines : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
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
                name: "Purses",
                table: "Usage",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "LineId",
                table: "ApiKeys",
                type: "text",
                nullable: true,
                collation: "C");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "Detail",
                table: "Usage");

            migrationBuilder.DropColumn(
                name: "KeyLine",
                table: "Usage");

            migrationBuilder.DropColumn(
                name: "Purses",
                table: "Usage");

            migrationBuilder.DropColumn(
                name: "LineId",
                table: "ApiKeys");
        }
    }
}
