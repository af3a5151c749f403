using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AuthSidecar.Storage.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class RefusalCounts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "Requests",
                table: "Usage",
                type: "bigint",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "Requests",
                table: "Usage");
        }
    }
}
