using System.Text.Json.Serialization;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Reports;

/// <summary>A usage row in reports; unknown values are null.</summary>
internal sealed record UsageRowDocument
{
    public required string DecisionId { get; init; }
    public DateTimeOffset Time { get; init; }
    public string? KeyId { get; init; }
    public string? UserId { get; init; }
    public string? Tenant { get; init; }
    public string? App { get; init; }
    public string? Policy { get; init; }
    public string? Provider { get; init; }
    public string? Model { get; init; }
    public string? Mode { get; init; }
    public string? Decision { get; init; }
    public string? Reason { get; init; }
    public int? Status { get; init; }
    public string? Outcome { get; init; }
    public string? ErrorType { get; init; }
    public long? DurationMs { get; init; }
    public long? RequestBytes { get; init; }
    public long? ResponseBytes { get; init; }
    public long? InputTokens { get; init; }
    public long? OutputTokens { get; init; }
    public long? CachedReadTokens { get; init; }
    public long? CachedWriteTokens { get; init; }
    public long? ReasoningTokens { get; init; }
    public long? CostMicroUsd { get; init; }
    public bool Estimated { get; init; }
    public string? Client { get; init; }
    public string? Path { get; init; }

    /// <summary>Number of requests that were counted together; null, and omitted in JSON: one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Requests { get; init; }

    public static UsageRowDocument Of(UsageRow row) =>
        new()
        {
            DecisionId = row.DecisionId,
            Time = row.Time,
            KeyId = row.KeyId,
            UserId = row.UserId,
            Tenant = row.Tenant,
            App = row.App,
            Policy = row.Policy,
            Provider = row.Provider,
            Model = row.Model,
            Mode = row.Mode,
            Decision = row.Decision,
            Reason = row.Reason,
            Status = row.Status,
            Outcome = row.Outcome,
            ErrorType = row.ErrorType,
            DurationMs = row.DurationMs,
            RequestBytes = row.RequestBytes,
            ResponseBytes = row.ResponseBytes,
            InputTokens = row.InputTokens,
            OutputTokens = row.OutputTokens,
            CachedReadTokens = row.CachedReadTokens,
            CachedWriteTokens = row.CachedWriteTokens,
            ReasoningTokens = row.ReasoningTokens,
            CostMicroUsd = row.CostMicros,
            Estimated = row.IsEstimated,
            Client = row.Client,
            Path = row.Path,
            Requests = row.Requests,
        };
}
