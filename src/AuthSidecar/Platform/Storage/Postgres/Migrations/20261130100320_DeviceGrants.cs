using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AuthSidecar.Platform.Storage.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class DeviceGrants : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "DeviceGrants",
                columns: table => new
                {
                    Id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    DeviceCodeHash = table.Column<byte[]>(type: "bytea", nullable: false),
                    UserCodeHash = table.Column<byte[]>(type: "bytea", nullable: false),
                    ClientId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    DeviceLabel = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Scopes = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Address = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Agent = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Status = table.Column<string>(type: "text", nullable: false),
                    TokenId = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    SubjectEmail = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    ExpiresAt = table.Column<long>(type: "bigint", nullable: false),
                    DecidedAt = table.Column<long>(type: "bigint", nullable: true),
                    LastPollAt = table.Column<long>(type: "bigint", nullable: true),
                    AnsweredAt = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_DeviceGrants", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_DeviceGrants_DeviceCodeHash",
                table: "DeviceGrants",
                column: "DeviceCodeHash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_DeviceGrants_ExpiresAt",
                table: "DeviceGrants",
                column: "ExpiresAt");

            migrationBuilder.CreateIndex(
                name: "IX_DeviceGrants_UserCodeHash",
                table: "DeviceGrants",
                column: "UserCodeHash",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "DeviceGrants");
        }
    }
}
