using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AuthSidecar.Storage.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class AskedModel : Migration
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
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "AskedModel",
                table: "Usage");
        }
    }
}
