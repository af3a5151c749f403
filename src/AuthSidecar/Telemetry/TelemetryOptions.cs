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
