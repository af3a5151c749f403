using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AuthSidecar.Platform.Storage.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class UsageOfPeople : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_Usage_UserId_Time",
                table: "Usage",
                columns: new[] { "UserId", "Time" },
                filter: "\"UserId\" IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Usage_UserId_Time",
                table: "Usage");
        }
    }
}
