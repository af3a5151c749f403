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

    /// <summary>Days that usage rows are kept.</summary>
    [Range(1, 36500)]
    public int RetentionDays { get; set; } = 60;

    /// <summary>Stores prompts, tool calls and thoughts.</summary>
    public bool RecordText { get; set; }

    /// <summary>Usage events that wait for the store in memory.</summary>
    [Range(1, 10_000_000)]
    public int QueueCapacity { get; set; } = 65_536;

    /// <summary>
    /// Refusals without an identity that each replica stores as rows of their own in a minute; the others of a policy and reason are one
    /// row with their number. 0: all of them are.
    /// </summary>
    [Range(0, 1_000_000)]
    public int RefusalRowsPerMinute { get; set; } = 60;

    /// <summary>Currency that costs are shown in.</summary>
    public string Currency { get; set; } = "USD";

    /// <summary>
    /// What a request holds of budgets, and costs where its usage is not seen, at least, in millionths of the currency; 0: only what the
    /// caller's last requests have cost counts.
    /// </summary>
    [Range(0, 1_000_000_000)]
    public int EstimateFloorMicroUsd { get; set; } = DefaultEstimateFloor;

    /// <summary>
    /// What becomes of requests with a budget for models without a price: they cost an estimate, or are refused as far as Check knows the
    /// model.
    /// </summary>
    public UnpricedModels UnpricedModels { get; set; }
}
