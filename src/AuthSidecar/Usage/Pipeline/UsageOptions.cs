using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>Handling of requests whose model is known to have no price at Check.</summary>
internal enum UnpricedModels
{
    Estimate,
    Refuse,
}

/// <summary>Section <c>Usage</c>.</summary>
internal sealed class UsageOptions
{
    /// <summary>A cent.</summary>
    public const int DefaultEstimateFloor = 10_000;

    /// <summary>Retention of usage rows in days.</summary>
    [Range(1, 36500)]
    public int RetentionDays { get; set; } = 60;

    /// <summary>Stores prompts, tool calls and thoughts.</summary>
    public bool RecordText { get; set; }

    /// <summary>Usage reports that wait for the store in memory.</summary>
    [Range(1, 10_000_000)]
    public int QueueCapacity { get; set; } = 65_536;

    /// <summary>
    /// Denials without an identity that each replica stores as rows of their own in a minute, and as many of revoked, expired and suspended
    /// callers; further ones share a row with their number for each policy and reason. 0: all share.
    /// </summary>
    [Range(0, 1_000_000)]
    public int RefusalRowsPerMinute { get; set; } = 60;

    /// <summary>Currency of displayed costs.</summary>
    public string Currency { get; set; } = "USD";

    /// <summary>
    /// Minimum reservation of a request, and minimum cost of a request without observed usage, in millionths of the currency; 0: only the
    /// cost of the caller's last requests counts.
    /// </summary>
    [Range(0, 1_000_000_000)]
    public int EstimateFloorMicroUsd { get; set; } = DefaultEstimateFloor;

    /// <summary>
    /// Requests with a budget for models without a price: charged with an estimate, or denied if the model is known at Check.
    /// </summary>
    public UnpricedModels UnpricedModels { get; set; }

    public BudgetWebhookOptions BudgetWebhook { get; set; } = new();
}
