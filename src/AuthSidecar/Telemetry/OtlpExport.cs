using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AuthSidecar.Telemetry;

/// <summary>
/// Sends metrics and spans to the collector of <c>Telemetry:OtlpEndpoint</c>, from threads of its own. What a collector does not take is lost and slows nobody down.
/// Intervals, time limits, headers and names follow the environment variables <c>OTEL_…</c> of OpenTelemetry's specification.
/// </summary>
internal sealed class OtlpExport(Uri address, ExportReport report) : IHostedService, IDisposable
{
    /// <summary>For all that is left to be sent at a stop.</summary>
    public static readonly TimeSpan LongestFlush = TimeSpan.FromSeconds(3);

    private MeterProvider? _metrics;
    private TracerProvider? _spans;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var resource = ResourceBuilder.CreateEmpty()
            .AddService("authsidecar", serviceVersion: typeof(OtlpExport).Assembly.GetName().Version?.ToString(3))
            .AddTelemetrySdk()
            .AddEnvironmentVariableDetector();
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(MeterNames.Sidecar)
            .AddReader(new PeriodicExportingMetricReader(new MetricExporter(Options("metrics"), report), Milliseconds("OTEL_METRIC_EXPORT_INTERVAL", 60_000)))
            .Build();
        _spans = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .SetSampler(new ParentBasedSampler(new AlwaysOffSampler()))
            .AddSource(SpanSource.Sidecar.Name)
            .AddProcessor(new BatchActivityExportProcessor(new SpanExporter(Options("traces"), report), scheduledDelayMilliseconds: Milliseconds("OTEL_BSP_SCHEDULE_DELAY", 5_000)))
            .Build();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var limit = (int)LongestFlush.TotalMilliseconds;
        Task flush = Task.WhenAll(Task.Run(() => _spans?.Shutdown(limit), CancellationToken.None), Task.Run(() => _metrics?.Shutdown(limit), CancellationToken.None));
        await flush.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        _metrics?.Dispose();
        _spans?.Dispose();
    }

    private static int Milliseconds(string variable, int usual) => int.TryParse(Environment.GetEnvironmentVariable(variable), out var value) && value > 0 ? value : usual;

    private OtlpExporterOptions Options(string signal)
    {
        // The protocol may also be chosen by OTEL_EXPORTER_OTLP_PROTOCOL.
        var options = new OtlpExporterOptions();
        var isHttp = options.Protocol == OtlpExportProtocol.HttpProtobuf || OtlpAddress.IsHttp(address);
        options.Protocol = isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        options.Endpoint = isHttp ? OtlpAddress.Of(address, signal) : address;
        return options;
    }
}
