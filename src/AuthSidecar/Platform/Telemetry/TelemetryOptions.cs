namespace AuthSidecar.Platform.Telemetry;

internal enum LogFormat
{
    Json,
    Text,
}

/// <summary>The least level of messages.</summary>
internal enum LogThreshold
{
    Debug,
    Information,
    Warning,
    Error,
}

/// <summary>Section <c>Telemetry</c>.</summary>
internal sealed class TelemetryOptions
{
    /// <summary>OTLP collector of metrics and traces: over HTTP with a path or port 4318, else over gRPC. Empty: no export.</summary>
    public string OtlpEndpoint { get; set; } = "";

    /// <summary>Format of the log, decisions included: JSON lines or text.</summary>
    public LogFormat LogFormat { get; set; } = LogFormat.Json;

    /// <summary>The least level of messages; decisions are always logged.</summary>
    public LogThreshold LogLevel { get; set; } = LogThreshold.Information;
}
