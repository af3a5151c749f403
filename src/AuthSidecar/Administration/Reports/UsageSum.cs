namespace AuthSidecar.Administration.Reports;

/// <summary>Sums over the requests of one group.</summary>
/// <param name="Group">The day as <c>2026-01-31</c>, the model, provider or tenant, or the id of the key or user; null: requests
/// for which it is unknown.</param>
/// <param name="Requests">Number of requests, including denied ones.</param>
/// <param name="CostMicroUsd">Sum of the known costs in millionths of the currency; null: no cost is known.</param>
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
