namespace AuthSidecar.Platform.Telemetry;

internal enum LogFormat
{
    Json,
    Text,
}

/// <summary>Section <c>Telemetry</c>.</summary>
internal sealed class TelemetryOptions
{
    /// <summary>
    /// Collector that metrics and traces are sent to by OTLP: over HTTP with a path or port 4318, else over gRPC; empty: nowhere.
    /// </summary>
    public string OtlpEndpoint { get; set; } = "";

    /// <summary>Form of the log: for machines or for people.</summary>
    public LogFormat LogFormat { get; set; } = LogFormat.Json;
}
