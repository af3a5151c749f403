using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Telemetry;

internal enum LogFormat
{
    Json,
    Text,
}

/// <summary>Section <c>Telemetry</c>.</summary>
internal sealed class TelemetryOptions
{
    /// <summary>Where traces and metrics are sent; empty: nowhere.</summary>
    public string OtlpEndpoint { get; set; } = "";

    /// <summary>Form of the log: for machines or for people.</summary>
    public LogFormat LogFormat { get; set; } = LogFormat.Json;
}

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
