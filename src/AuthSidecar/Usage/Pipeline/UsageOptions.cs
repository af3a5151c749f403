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

    /// <summary>Maximum number of usage reports that wait in memory for the store.</summary>
    [Range(1, 10_000_000)]
    public int QueueCapacity { get; set; } = 65_536;

    /// <summary>
    /// Maximum number of usage rows per minute and replica for denials of unauthenticated callers; further denials are counted in one row
    /// per policy and reason. 0: all of them are counted.
    /// </summary>
    [Range(0, 1_000_000)]
    public int RefusalRowsPerMinute { get; set; } = 60;

    /// <summary>Currency of the displayed costs.</summary>
    public string Currency { get; set; } = "USD";

    /// <summary>
    /// Minimum reservation of a request, and minimum cost of a request whose usage is not observed, in millionths of the currency; 0: only
    /// the cost of the caller's recent requests counts.
    /// </summary>
    [Range(0, 1_000_000_000)]
    public int EstimateFloorMicroUsd { get; set; } = DefaultEstimateFloor;

    /// <summary>
    /// Handling of requests with a budget whose model has no price: they cost an estimate, or are denied where Check reads the model.
    /// </summary>
    public UnpricedModels UnpricedModels { get; set; }
}
