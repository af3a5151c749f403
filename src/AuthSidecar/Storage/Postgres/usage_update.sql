UPDATE "Usage" AS known SET
    "Time" = report."Time",
    "KeyId" = report."KeyId",
    "UserId" = report."UserId",
    "Tenant" = report."Tenant",
    "App" = report."App",
    "Policy" = report."Policy",
    "Provider" = report."Provider",
    "Model" = report."Model",
    "Mode" = report."Mode",
    "Decision" = report."Decision",
    "Reason" = report."Reason",
    "Status" = report."Status",
    "Outcome" = report."Outcome",
    "ErrorType" = report."ErrorType",
    "DurationMs" = report."DurationMs",
    "RequestBytes" = report."RequestBytes",
    "ResponseBytes" = report."ResponseBytes",
    "InputTokens" = report."InputTokens",
    "OutputTokens" = report."OutputTokens",
    "CachedReadTokens" = report."CachedReadTokens",
    "CachedWriteTokens" = report."CachedWriteTokens",
    "ReasoningTokens" = report."ReasoningTokens",
    "SeenInputTokens" = report."SeenInputTokens",
    "SeenOutputTokens" = report."SeenOutputTokens",
    "ObjectId" = report."ObjectId",
    "CostMicros" = report."CostMicros",
    "ReservedMicros" = report."ReservedMicros",
    "IsEstimated" = report."IsEstimated" <> 0,
    "Client" = report."Client",
    "Path" = report."Path",
    "Facts" = report."Facts"
FROM unnest(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
    $24, $25, $26, $27, $28, $29, $30, $31, $32
) AS report (
    "DecisionId", "Time", "KeyId", "UserId", "Tenant", "App", "Policy", "Provider", "Model", "Mode",
    "Decision", "Reason", "Status", "Outcome", "ErrorType", "DurationMs", "RequestBytes", "ResponseBytes",
    "InputTokens", "OutputTokens", "CachedReadTokens", "CachedWriteTokens", "ReasoningTokens", "SeenInputTokens",
    "SeenOutputTokens", "ObjectId", "CostMicros",
    "ReservedMicros", "IsEstimated", "Client", "Path", "Facts"
)
WHERE known."DecisionId" = report."DecisionId"
