using Microsoft.EntityFrameworkCore.Migrations;

namespace AuthSidecar.Platform.Storage.Sqlite.Migrations;

/// <summary>Usage rows and their sums, what was spent, prices, and what the Recorder is told.</summary>
internal sealed partial class Usage : Migration
{
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
                DecisionId = table.Column<string>("TEXT", nullable: false),
                Time = table.Column<long>("INTEGER", nullable: false),
                KeyId = table.Column<string>("TEXT", nullable: true),
                UserId = table.Column<string>("TEXT", nullable: true),
                Tenant = table.Column<string>("TEXT", nullable: true),
                App = table.Column<string>("TEXT", nullable: true),
                Policy = table.Column<string>("TEXT", nullable: true),
                Provider = table.Column<string>("TEXT", nullable: true),
                Model = table.Column<string>("TEXT", nullable: true),
                Mode = table.Column<string>("TEXT", nullable: true),
                Decision = table.Column<string>("TEXT", nullable: true),
                Reason = table.Column<string>("TEXT", nullable: true),
                Status = table.Column<int>("INTEGER", nullable: true),
                Outcome = table.Column<string>("TEXT", nullable: true),
                ErrorType = table.Column<string>("TEXT", nullable: true),
                DurationMs = table.Column<long>("INTEGER", nullable: true),
                RequestBytes = table.Column<long>("INTEGER", nullable: true),
                ResponseBytes = table.Column<long>("INTEGER", nullable: true),
                InputTokens = table.Column<long>("INTEGER", nullable: true),
                OutputTokens = table.Column<long>("INTEGER", nullable: true),
                CachedReadTokens = table.Column<long>("INTEGER", nullable: true),
                CachedWriteTokens = table.Column<long>("INTEGER", nullable: true),
                ReasoningTokens = table.Column<long>("INTEGER", nullable: true),
                CostMicros = table.Column<long>("INTEGER", nullable: true),
                ReservedMicros = table.Column<long>("INTEGER", nullable: true),
                IsEstimated = table.Column<bool>("INTEGER", nullable: false),
                Client = table.Column<string>("TEXT", nullable: true),
                Path = table.Column<string>("TEXT", nullable: true),
                Facts = table.Column<int>("INTEGER", nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_Usage", row => row.DecisionId));
        migrationBuilder.CreateIndex("IX_Usage_Time", "Usage", "Time");

        // In the order of its key: the sums of a month stand together, in whatever order they came, and are read in one sweep. The builder has no word for that.
        migrationBuilder.Sql("""
            CREATE TABLE "UsageDays" (
                "Day" INTEGER NOT NULL,
                "Provider" TEXT NOT NULL,
                "Model" TEXT NOT NULL,
                "KeyId" TEXT NOT NULL,
                "UserId" TEXT NOT NULL,
                "Tenant" TEXT NOT NULL,
                "Requests" INTEGER NOT NULL,
                "Priced" INTEGER NOT NULL,
                "InputTokens" INTEGER NOT NULL,
                "OutputTokens" INTEGER NOT NULL,
                "CachedReadTokens" INTEGER NOT NULL,
                "CachedWriteTokens" INTEGER NOT NULL,
                "ReasoningTokens" INTEGER NOT NULL,
                "CostMicros" INTEGER NOT NULL,
                CONSTRAINT "PK_UsageDays" PRIMARY KEY ("Day", "Provider", "Model", "KeyId", "UserId", "Tenant")
            ) WITHOUT ROWID
            """);

        migrationBuilder.CreateTable(
            "Spends",
            table => new
            {
                Scope = table.Column<string>("TEXT", nullable: false),
                SubjectId = table.Column<string>("TEXT", nullable: false),
                Month = table.Column<int>("INTEGER", nullable: false),
                Micros = table.Column<long>("INTEGER", nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_Spends", row => new { row.Scope, row.SubjectId, row.Month }));

        migrationBuilder.CreateTable(
            "Prices",
            table => new
            {
                Provider = table.Column<string>("TEXT", nullable: false),
                Model = table.Column<string>("TEXT", nullable: false),
                From = table.Column<long>("INTEGER", nullable: false),
                Input = table.Column<long>("INTEGER", nullable: true),
                Output = table.Column<long>("INTEGER", nullable: true),
                CachedRead = table.Column<long>("INTEGER", nullable: true),
                CachedWrite = table.Column<long>("INTEGER", nullable: true),
                Reasoning = table.Column<long>("INTEGER", nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_Prices", row => new { row.Provider, row.Model, row.From }));

        migrationBuilder.CreateTable(
            "DeadLetters",
            table => new
            {
                Id = table.Column<long>("INTEGER", nullable: false).Annotation("Sqlite:Autoincrement", true),
                At = table.Column<long>("INTEGER", nullable: false),
                Problem = table.Column<string>("TEXT", nullable: false),
                Part = table.Column<string>("TEXT", nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_DeadLetters", row => row.Id));
    }

    private static void Interceptions(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "Interceptions",
            table => new
            {
                Id = table.Column<string>("TEXT", nullable: false),
                InitiatorId = table.Column<string>("TEXT", nullable: false),
                ApiKeyId = table.Column<string>("TEXT", nullable: false),
                Provider = table.Column<string>("TEXT", nullable: false),
                ProviderName = table.Column<string>("TEXT", nullable: false),
                Model = table.Column<string>("TEXT", nullable: false),
                Metadata = table.Column<string>("TEXT", nullable: false),
                Client = table.Column<string>("TEXT", nullable: true),
                ClientSessionId = table.Column<string>("TEXT", nullable: true),
                ParentId = table.Column<string>("TEXT", nullable: true),
                RootId = table.Column<string>("TEXT", nullable: true),
                CredentialKind = table.Column<string>("TEXT", nullable: false),
                CredentialHint = table.Column<string>("TEXT", nullable: true),
                FirewallSessionId = table.Column<string>("TEXT", nullable: true),
                FirewallSequence = table.Column<int>("INTEGER", nullable: true),
                StartedAt = table.Column<long>("INTEGER", nullable: false),
                EndedAt = table.Column<long>("INTEGER", nullable: true),
                ErrorType = table.Column<string>("TEXT", nullable: true),
                ErrorMessage = table.Column<string>("TEXT", nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_Interceptions", row => row.Id));
        migrationBuilder.CreateIndex("IX_Interceptions_StartedAt", "Interceptions", "StartedAt");

        migrationBuilder.CreateTable(
            "TokenUsages",
            table => new
            {
                Id = table.Column<long>("INTEGER", nullable: false).Annotation("Sqlite:Autoincrement", true),
                InterceptionId = table.Column<string>("TEXT", nullable: false),
                MsgId = table.Column<string>("TEXT", nullable: false),
                InputTokens = table.Column<long>("INTEGER", nullable: false),
                OutputTokens = table.Column<long>("INTEGER", nullable: false),
                CacheReadTokens = table.Column<long>("INTEGER", nullable: false),
                CacheWriteTokens = table.Column<long>("INTEGER", nullable: false),
                CostMicros = table.Column<long>("INTEGER", nullable: true),
                Metadata = table.Column<string>("TEXT", nullable: false),
                CreatedAt = table.Column<long>("INTEGER", nullable: false),
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
                Id = table.Column<long>("INTEGER", nullable: false).Annotation("Sqlite:Autoincrement", true),
                InterceptionId = table.Column<string>("TEXT", nullable: false),
                MsgId = table.Column<string>("TEXT", nullable: false),
                Prompt = table.Column<string>("TEXT", nullable: false),
                Metadata = table.Column<string>("TEXT", nullable: false),
                CreatedAt = table.Column<long>("INTEGER", nullable: false),
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
                Id = table.Column<long>("INTEGER", nullable: false).Annotation("Sqlite:Autoincrement", true),
                InterceptionId = table.Column<string>("TEXT", nullable: false),
                MsgId = table.Column<string>("TEXT", nullable: false),
                ServerUrl = table.Column<string>("TEXT", nullable: true),
                Tool = table.Column<string>("TEXT", nullable: false),
                Input = table.Column<string>("TEXT", nullable: false),
                IsInjected = table.Column<bool>("INTEGER", nullable: false),
                InvocationError = table.Column<string>("TEXT", nullable: true),
                ToolCallId = table.Column<string>("TEXT", nullable: true),
                ItemId = table.Column<string>("TEXT", nullable: true),
                Metadata = table.Column<string>("TEXT", nullable: false),
                CreatedAt = table.Column<long>("INTEGER", nullable: false),
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
                Id = table.Column<long>("INTEGER", nullable: false).Annotation("Sqlite:Autoincrement", true),
                InterceptionId = table.Column<string>("TEXT", nullable: false),
                Content = table.Column<string>("TEXT", nullable: false),
                Metadata = table.Column<string>("TEXT", nullable: false),
                CreatedAt = table.Column<long>("INTEGER", nullable: false),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_ModelThoughts", row => row.Id);
                table.ForeignKey("FK_ModelThoughts_Interceptions_InterceptionId", row => row.InterceptionId, "Interceptions", "Id", onDelete: ReferentialAction.Cascade);
            });
        migrationBuilder.CreateIndex("IX_ModelThoughts_InterceptionId", "ModelThoughts", "InterceptionId");
    }
}
