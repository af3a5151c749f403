INSERT INTO "UsageDays" (
    "Day", "Provider", "Model", "KeyId", "UserId", "Tenant",
    "Requests", "Priced", "InputTokens", "OutputTokens", "CachedReadTokens", "CachedWriteTokens",
    "ReasoningTokens", "CostMicros"
) VALUES (
    ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
) ON CONFLICT ("Day", "Provider", "Model", "KeyId", "UserId", "Tenant") DO UPDATE SET
    "Requests" = "Requests" + excluded."Requests",
    "Priced" = "Priced" + excluded."Priced",
    "InputTokens" = "InputTokens" + excluded."InputTokens",
    "OutputTokens" = "OutputTokens" + excluded."OutputTokens",
    "CachedReadTokens" = "CachedReadTokens" + excluded."CachedReadTokens",
    "CachedWriteTokens" = "CachedWriteTokens" + excluded."CachedWriteTokens",
    "ReasoningTokens" = "ReasoningTokens" + excluded."ReasoningTokens",
    "CostMicros" = "CostMicros" + excluded."CostMicros"
