INSERT INTO "UsageDays" AS known (
    "Day", "Provider", "Model", "KeyId", "UserId", "Tenant",
    "Requests", "Priced", "InputTokens", "OutputTokens", "CachedReadTokens", "CachedWriteTokens",
    "ReasoningTokens", "CostMicros"
)
SELECT
    "Day", "Provider", "Model", "KeyId", "UserId", "Tenant",
    "Requests", "Priced", "InputTokens", "OutputTokens", "CachedReadTokens", "CachedWriteTokens",
    "ReasoningTokens", "CostMicros"
FROM unnest(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
) WITH ORDINALITY AS report (
    "Day", "Provider", "Model", "KeyId", "UserId", "Tenant",
    "Requests", "Priced", "InputTokens", "OutputTokens", "CachedReadTokens", "CachedWriteTokens",
    "ReasoningTokens", "CostMicros",
    "Order"
)
ORDER BY "Order"
ON CONFLICT ("Day", "Provider", "Model", "KeyId", "UserId", "Tenant") DO UPDATE SET
    "Requests" = known."Requests" + excluded."Requests",
    "Priced" = known."Priced" + excluded."Priced",
    "InputTokens" = known."InputTokens" + excluded."InputTokens",
    "OutputTokens" = known."OutputTokens" + excluded."OutputTokens",
    "CachedReadTokens" = known."CachedReadTokens" + excluded."CachedReadTokens",
    "CachedWriteTokens" = known."CachedWriteTokens" + excluded."CachedWriteTokens",
    "ReasoningTokens" = known."ReasoningTokens" + excluded."ReasoningTokens",
    "CostMicros" = known."CostMicros" + excluded."CostMicros"
