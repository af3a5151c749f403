using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>
/// Exports metrics and spans to the collector of <c>Telemetry:OtlpEndpoint</c>, on threads of their own; a failed export is lost.
/// Intervals, timeouts, headers and resource names follow OpenTelemetry's environment variables.
/// </summary>
internal static class OtlpFeature
{
    /// <summary>Adds nothing without an endpoint.</summary>
    public static IServiceCollection AddOtlpExport(this IServiceCollection services, TelemetryOptions telemetry)
    {
        if (
            telemetry.OtlpEndpoint.Length == 0
            || bool.TryParse(Environment.GetEnvironmentVariable("OTEL_SDK_DISABLED"), out var isDisabled) && isDisabled
        )
        {
            return services;
        }

        var address = new Uri(telemetry.OtlpEndpoint);
        var (interval, batch) = (new PeriodicExportingMetricReaderOptions(), new BatchExportActivityProcessorOptions());
        services
            .AddSingleton<ExportReport>()
            .AddSingleton<LastExport>()
            .AddOpenTelemetry()
            .ConfigureResource(resource =>
                resource
                    .Clear()
                    .AddService("authsidecar", serviceVersion: BuildInfo.Version)
                    .AddTelemetrySdk()
                    .AddEnvironmentVariableDetector()
            )
            .WithMetrics(metrics =>
                metrics.AddReader(provider => new PeriodicExportingMetricReader(
                    new MetricExporter(Options(address, "metrics"), provider.GetRequiredService<ExportReport>()),
                    interval.ExportIntervalMilliseconds ?? 60_000,
                    interval.ExportTimeoutMilliseconds ?? 30_000
                ))
            )
            .WithTracing(spans =>
                spans
                    .SetSampler(new ParentBasedSampler(new AlwaysOffSampler()))
                    .AddSource(SpanSource.Sidecar.Name)
                    .AddProcessor(provider => new BatchActivityExportProcessor(
                        new SpanExporter(Options(address, "traces"), provider.GetRequiredService<ExportReport>()),
                        batch.MaxQueueSize,
                        batch.ScheduledDelayMilliseconds,
                        batch.ExporterTimeoutMilliseconds,
                        batch.MaxExportBatchSize
                    ))
            );
        return services;
    }

    private static OtlpExporterOptions Options(Uri address, string signal)
    {
        // OTEL_EXPORTER_OTLP_PROTOCOL may also choose the protocol.
        var options = new OtlpExporterOptions();
        var isHttp = options.Protocol == OtlpExportProtocol.HttpProtobuf || OtlpAddress.IsHttp(address);
        options.Protocol = isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        options.Endpoint = isHttp ? OtlpAddress.Of(address, signal) : address;
        return options;
    }
}
