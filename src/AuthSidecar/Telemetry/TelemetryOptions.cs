namespace AuthSidecar.Telemetry;

internal enum LogFormat
{
    Json,
    Text,
}

/// <summary>Section <c>Telemetry</c>.</summary>
internal sealed class TelemetryOptions
{
    public string OtlpEndpoint { get; set; } = "";
    public LogFormat LogFormat { get; set; } = LogFormat.Json;
}

/// <summary>Section <c>Usage</c>.</summary>
internal sealed class UsageOptions
{
    public int RetentionDays { get; set; } = 60;
    public bool RecordText { get; set; }
    public int QueueCapacity { get; set; } = 65_536;
    public string Currency { get; set; } = "USD";
}
