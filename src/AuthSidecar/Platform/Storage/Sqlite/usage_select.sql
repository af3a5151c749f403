SELECT
    "Time", "KeyId", "UserId", "Tenant", "App", "Policy", "Provider", "Model", "Mode", "Decision", "Reason",
    "Status", "Outcome", "ErrorType", "DurationMs", "RequestBytes", "ResponseBytes", "InputTokens",
    "OutputTokens", "CachedReadTokens", "CachedWriteTokens", "ReasoningTokens", "SeenInputTokens",
    "SeenOutputTokens", "ObjectId", "CostMicros",
    "ReservedMicros", "IsEstimated", "Client", "Path", "Facts",
    "KeyLine", "Purses", "Detail", "AskedModel", "Requests"
FROM "Usage" WHERE "DecisionId" = ?
