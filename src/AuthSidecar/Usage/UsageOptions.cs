using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Usage;

/// <summary>Section <c>Usage</c>.</summary>
internal sealed class UsageOptions
{
    /// <summary>Days that usage rows are kept.</summary>
    [Range(1, 36500)]
    public int RetentionDays { get; set; } = 60;

    /// <summary>Stores prompts, tool calls and thoughts.</summary>
    public bool RecordText { get; set; }

    /// <summary>Usage events that wait for the store in memory.</summary>
    [Range(1, 10_000_000)]
    public int QueueCapacity { get; set; } = 65_536;

    /// <summary>Currency that costs are shown in.</summary>
    public string Currency { get; set; } = "USD";
}
