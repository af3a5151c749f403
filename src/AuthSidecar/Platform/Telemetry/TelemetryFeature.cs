namespace AuthSidecar.Platform.Telemetry;

/// <summary>Metrics for <c>/metrics</c>, and the export of metrics and spans.</summary>
internal static class TelemetryFeature
{
    public static IServiceCollection AddTelemetry(this IServiceCollection services, TelemetryOptions options) =>
        services.AddSidecarMetrics().AddOtlpExport(options);
}
