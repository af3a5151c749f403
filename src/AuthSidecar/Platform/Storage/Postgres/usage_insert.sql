INSERT INTO "Usage" (
    "DecisionId", "Time", "KeyId", "UserId", "Tenant", "App", "Policy", "Provider", "Model", "Mode",
    "Decision", "Reason", "Status", "Outcome", "ErrorType", "DurationMs", "RequestBytes", "ResponseBytes",
    "InputTokens", "OutputTokens", "CachedReadTokens", "CachedWriteTokens", "ReasoningTokens", "SeenInputTokens",
    "SeenOutputTokens", "ObjectId", "CostMicros",
    "ReservedMicros", "IsEstimated", "Client", "Path", "Facts",
    "KeyLine", "Purses", "Detail", "AskedModel", "Requests"
)
SELECT
    report."DecisionId", report."Time", report."KeyId", report."UserId", report."Tenant", report."App",
    report."Policy", report."Provider", report."Model", report."Mode", report."Decision", report."Reason",
    report."Status", report."Outcome", report."ErrorType", report."DurationMs", report."RequestBytes",
    report."ResponseBytes", report."InputTokens", report."OutputTokens", report."CachedReadTokens",
    report."CachedWriteTokens", report."ReasoningTokens", report."SeenInputTokens",
    report."SeenOutputTokens", report."ObjectId", report."CostMicros", report."ReservedMicros",
    report."IsEstimated" <> 0, report."Client", report."Path", report."Facts",
    report."KeyLine", report."Purses", report."Detail", report."AskedModel", report."Requests"
FROM unnest(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
    $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37
) AS report (
    "DecisionId", "Time", "KeyId", "UserId", "Tenant", "App", "Policy", "Provider", "Model", "Mode",
    "Decision", "Reason", "Status", "Outcome", "ErrorType", "DurationMs", "RequestBytes", "ResponseBytes",
    "InputTokens", "OutputTokens", "CachedReadTokens", "CachedWriteTokens", "ReasoningTokens", "SeenInputTokens",
    "SeenOutputTokens", "ObjectId", "CostMicros",
    "ReservedMicros", "IsEstimated", "Client", "Path", "Facts",
    "KeyLine", "Purses", "Detail", "AskedModel", "Requests"
)
ORDER BY report."DecisionId" COLLATE "C"
ON CONFLICT DO NOTHING
RETURNING "DecisionId"
