using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

namespace AuthSidecar.Platform.Storage.Postgres.Migrations;

/// <summary>Usage rows and their sums, what was spent, prices, and what the Recorder is told.</summary>
internal sealed partial class Usage : Migration
{
    private const string Text = "text";
    private const string Number = "bigint";
    private const string C = PostgresDbContext.Collation;

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        Rows(migrationBuilder);
        Interceptions(migrationBuilder);
    }

    private static void Rows(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "Usage",
            table => new
            {
                DecisionId = table.Column<string>(Text, nullable: false, collation: C),
                Time = table.Column<long>(Number, nullable: false),
                KeyId = table.Column<string>(Text, nullable: true, collation: C),
                UserId = table.Column<string>(Text, nullable: true, collation: C),
                Tenant = table.Column<string>(Text, nullable: true, collation: C),
                App = table.Column<string>(Text, nullable: true, collation: C),
                Policy = table.Column<string>(Text, nullable: true, collation: C),
                Provider = table.Column<string>(Text, nullable: true, collation: C),
                Model = table.Column<string>(Text, nullable: true, collation: C),
                Mode = table.Column<string>(Text, nullable: true, collation: C),
                Decision = table.Column<string>(Text, nullable: true, collation: C),
                Reason = table.Column<string>(Text, nullable: true, collation: C),
                Status = table.Column<int>("integer", nullable: true),
                Outcome = table.Column<string>(Text, nullable: true, collation: C),
                ErrorType = table.Column<string>(Text, nullable: true, collation: C),
                DurationMs = table.Column<long>(Number, nullable: true),
                RequestBytes = table.Column<long>(Number, nullable: true),
                ResponseBytes = table.Column<long>(Number, nullable: true),
                InputTokens = table.Column<long>(Number, nullable: true),
                OutputTokens = table.Column<long>(Number, nullable: true),
                CachedReadTokens = table.Column<long>(Number, nullable: true),
                CachedWriteTokens = table.Column<long>(Number, nullable: true),
                ReasoningTokens = table.Column<long>(Number, nullable: true),
                CostMicros = table.Column<long>(Number, nullable: true),
                ReservedMicros = table.Column<long>(Number, nullable: true),
                IsEstimated = table.Column<bool>("boolean", nullable: false),
                Client = table.Column<string>(Text, nullable: true, collation: C),
                Path = table.Column<string>(Text, nullable: true, collation: C),
                Facts = table.Column<int>("integer", nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_Usage", row => row.DecisionId));
        migrationBuilder.CreateIndex("IX_Usage_Time", "Usage", "Time");

        migrationBuilder.CreateTable(
            "UsageDays",
            table => new
            {
                Day = table.Column<int>("integer", nullable: false),
                Provider = table.Column<string>(Text, nullable: false, collation: C),
                Model = table.Column<string>(Text, nullable: false, collation: C),
                KeyId = table.Column<string>(Text, nullable: false, collation: C),
                UserId = table.Column<string>(Text, nullable: false, collation: C),
                Tenant = table.Column<string>(Text, nullable: false, collation: C),
                Requests = table.Column<long>(Number, nullable: false),
                Priced = table.Column<long>(Number, nullable: false),
                InputTokens = table.Column<long>(Number, nullable: false),
                OutputTokens = table.Column<long>(Number, nullable: false),
                CachedReadTokens = table.Column<long>(Number, nullable: false),
                CachedWriteTokens = table.Column<long>(Number, nullable: false),
                ReasoningTokens = table.Column<long>(Number, nullable: false),
                CostMicros = table.Column<long>(Number, nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_UsageDays", row => new { row.Day, row.Provider, row.Model, row.KeyId, row.UserId, row.Tenant }));

        migrationBuilder.CreateTable(
            "Spends",
            table => new
            {
                Scope = table.Column<string>(Text, nullable: false),
                SubjectId = table.Column<string>(Text, nullable: false, collation: C),
                Month = table.Column<int>("integer", nullable: false),
                Micros = table.Column<long>(Number, nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_Spends", row => new { row.Scope, row.SubjectId, row.Month }));

        migrationBuilder.CreateTable(
            "Prices",
            table => new
            {
                Provider = table.Column<string>(Text, nullable: false, collation: C),
                Model = table.Column<string>(Text, nullable: false, collation: C),
                From = table.Column<long>(Number, nullable: false),
                Input = table.Column<long>(Number, nullable: true),
                Output = table.Column<long>(Number, nullable: true),
                CachedRead = table.Column<long>(Number, nullable: true),
                CachedWrite = table.Column<long>(Number, nullable: true),
                Reasoning = table.Column<long>(Number, nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_Prices", row => new { row.Provider, row.Model, row.From }));

        migrationBuilder.CreateTable(
            "DeadLetters",
            table => new
            {
                Id = table.Column<long>(Number, nullable: false).Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                At = table.Column<long>(Number, nullable: false),
                Problem = table.Column<string>(Text, nullable: false, collation: C),
                Part = table.Column<string>(Text, nullable: false, collation: C),
            },
            constraints: table => table.PrimaryKey("PK_DeadLetters", row => row.Id));
    }

    private static void Interceptions(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "Interceptions",
            table => new
            {
                Id = table.Column<string>(Text, nullable: false, collation: C),
                InitiatorId = table.Column<string>(Text, nullable: false, collation: C),
                ApiKeyId = table.Column<string>(Text, nullable: false, collation: C),
                Provider = table.Column<string>(Text, nullable: false, collation: C),
                ProviderName = table.Column<string>(Text, nullable: false, collation: C),
                Model = table.Column<string>(Text, nullable: false, collation: C),
                Metadata = table.Column<string>(Text, nullable: false, collation: C),
                Client = table.Column<string>(Text, nullable: true, collation: C),
                ClientSessionId = table.Column<string>(Text, nullable: true, collation: C),
                ParentId = table.Column<string>(Text, nullable: true, collation: C),
                RootId = table.Column<string>(Text, nullable: true, collation: C),
                CredentialKind = table.Column<string>(Text, nullable: false, collation: C),
                CredentialHint = table.Column<string>(Text, nullable: true, collation: C),
                FirewallSessionId = table.Column<string>(Text, nullable: true, collation: C),
                FirewallSequence = table.Column<int>("integer", nullable: true),
                StartedAt = table.Column<long>(Number, nullable: false),
                EndedAt = table.Column<long>(Number, nullable: true),
                ErrorType = table.Column<string>(Text, nullable: true, collation: C),
                ErrorMessage = table.Column<string>(Text, nullable: true, collation: C),
            },
            constraints: table => table.PrimaryKey("PK_Interceptions", row => row.Id));
        migrationBuilder.CreateIndex("IX_Interceptions_StartedAt", "Interceptions", "StartedAt");

        migrationBuilder.CreateTable(
            "TokenUsages",
            table => new
            {
                Id = table.Column<long>(Number, nullable: false).Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                InterceptionId = table.Column<string>(Text, nullable: false, collation: C),
                MsgId = table.Column<string>(Text, nullable: false, collation: C),
                InputTokens = table.Column<long>(Number, nullable: false),
                OutputTokens = table.Column<long>(Number, nullable: false),
                CacheReadTokens = table.Column<long>(Number, nullable: false),
                CacheWriteTokens = table.Column<long>(Number, nullable: false),
                CostMicros = table.Column<long>(Number, nullable: true),
                Metadata = table.Column<string>(Text, nullable: false, collation: C),
                CreatedAt = table.Column<long>(Number, nullable: false),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_TokenUsages", row => row.Id);
                table.ForeignKey("FK_TokenUsages_Interceptions_InterceptionId", row => row.InterceptionId, "Interceptions", "Id", onDelete: ReferentialAction.Cascade);
            });
        migrationBuilder.CreateIndex("IX_TokenUsages_InterceptionId", "TokenUsages", "InterceptionId");

        migrationBuilder.CreateTable(
            "PromptUsages",
            table => new
            {
                Id = table.Column<long>(Number, nullable: false).Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                InterceptionId = table.Column<string>(Text, nullable: false, collation: C),
                MsgId = table.Column<string>(Text, nullable: false, collation: C),
                Prompt = table.Column<string>(Text, nullable: false, collation: C),
                Metadata = table.Column<string>(Text, nullable: false, collation: C),
                CreatedAt = table.Column<long>(Number, nullable: false),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_PromptUsages", row => row.Id);
                table.ForeignKey("FK_PromptUsages_Interceptions_InterceptionId", row => row.InterceptionId, "Interceptions", "Id", onDelete: ReferentialAction.Cascade);
            });
        migrationBuilder.CreateIndex("IX_PromptUsages_InterceptionId", "PromptUsages", "InterceptionId");

        migrationBuilder.CreateTable(
            "ToolUsages",
            table => new
            {
                Id = table.Column<long>(Number, nullable: false).Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                InterceptionId = table.Column<string>(Text, nullable: false, collation: C),
                MsgId = table.Column<string>(Text, nullable: false, collation: C),
                ServerUrl = table.Column<string>(Text, nullable: true, collation: C),
                Tool = table.Column<string>(Text, nullable: false, collation: C),
                Input = table.Column<string>(Text, nullable: false, collation: C),
                IsInjected = table.Column<bool>("boolean", nullable: false),
                InvocationError = table.Column<string>(Text, nullable: true, collation: C),
                ToolCallId = table.Column<string>(Text, nullable: true, collation: C),
                ItemId = table.Column<string>(Text, nullable: true, collation: C),
                Metadata = table.Column<string>(Text, nullable: false, collation: C),
                CreatedAt = table.Column<long>(Number, nullable: false),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_ToolUsages", row => row.Id);
                table.ForeignKey("FK_ToolUsages_Interceptions_InterceptionId", row => row.InterceptionId, "Interceptions", "Id", onDelete: ReferentialAction.Cascade);
            });
        migrationBuilder.CreateIndex("IX_ToolUsages_InterceptionId", "ToolUsages", "InterceptionId");
        migrationBuilder.CreateIndex("IX_ToolUsages_ToolCallId", "ToolUsages", "ToolCallId");

        migrationBuilder.CreateTable(
            "ModelThoughts",
            table => new
            {
                Id = table.Column<long>(Number, nullable: false).Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                InterceptionId = table.Column<string>(Text, nullable: false, collation: C),
                Content = table.Column<string>(Text, nullable: false, collation: C),
                Metadata = table.Column<string>(Text, nullable: false, collation: C),
                CreatedAt = table.Column<long>(Number, nullable: false),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_ModelThoughts", row => row.Id);
                table.ForeignKey("FK_ModelThoughts_Interceptions_InterceptionId", row => row.InterceptionId, "Interceptions", "Id", onDelete: ReferentialAction.Cascade);
            });
        migrationBuilder.CreateIndex("IX_ModelThoughts_InterceptionId", "ModelThoughts", "InterceptionId");
    }
}
