namespace AuthSidecar.Administration.Reports;

/// <summary>What the requests of a group come to.</summary>
/// <param name="Group">The day as <c>2026-01-31</c>, the model, provider or tenant, or the id of the key or user; null: of those for which
/// it is not known.</param>
/// <param name="Requests">How many there were, whatever became of them.</param>
/// <param name="CostMicroUsd">The sum of the costs that are known; null when none is.</param>
internal sealed record UsageSum(
    string? Group,
    long Requests,
    long InputTokens,
    long OutputTokens,
    long CachedReadTokens,
    long CachedWriteTokens,
    long ReasoningTokens,
    long? CostMicroUsd
);
