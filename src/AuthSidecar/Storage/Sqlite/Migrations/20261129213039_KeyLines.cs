using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AuthSidecar.Storage.Sqlite.Migrations
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
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "KeyLine",
                table: "Usage",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Purses",
                table: "Usage",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "LineId",
                table: "ApiKeys",
                type: "TEXT",
                nullable: true);
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
