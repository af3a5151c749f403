using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>One OpenTelemetry SDK for <c>/metrics</c> and the collector.</summary>
internal static class MetricsFeature
{
    private const string Runtime = "System.Runtime";

    public static IServiceCollection AddSidecarMetrics(this IServiceCollection services)
    {
        services
            .AddMetrics()
            .AddOpenTelemetry()
            .WithMetrics(metrics =>
                metrics
                    .AddMeter(MeterNames.Sidecar, Runtime)
                    .AddPrometheusExporter(exporter =>
                    {
                        exporter.ScrapeResponseCacheDurationMilliseconds = 0;
                        exporter.ScopeInfoEnabled = false;
                        exporter.TargetInfoEnabled = false;
                    })
            );
        return services.ConfigureOpenTelemetryMeterProvider(
            (provider, metrics) =>
            {
                var meters = provider.GetRequiredService<IMeterFactory>();
                metrics.AddView(instrument => Stream(instrument, meters));
                BuildInfo.Show(meters);
            }
        );
    }

    /// <summary><c>GET /metrics</c>, for Prometheus.</summary>
    public static void MapMetrics(this IEndpointRouteBuilder endpoints) =>
        endpoints
            .MapPrometheusScrapingEndpoint("/metrics", null, scrape => scrape.Use(AsText), null)
            .WithMetadata(new HttpMethodMetadata([HttpMethods.Get]));

    // OpenMetrics has other bounds ("1.0") and adds a series _created to each counter.
    private static RequestDelegate AsText(RequestDelegate next) =>
        context =>
        {
            context.Request.Headers.Accept = default;
            return next(context);
        };

    // A second host in this process has meters of the same name.
    private static MetricStreamConfiguration Stream(Instrument instrument, IMeterFactory meters) =>
        instrument.Meter.Name == MeterNames.Sidecar && !ReferenceEquals(instrument.Meter.Scope, meters)
            ? MetricStreamConfiguration.Drop
            : new() { CardinalityLimit = MostSeries(instrument.Name) };

    // The SDK reserves memory for every series up to the limit. Only labels with names of the configuration (policies, providers) are
    // unbounded.
    private static int MostSeries(string instrument) =>
        instrument switch
        {
            "authsidecar_decisions_total" or "authsidecar_shadow_refusals_total" => 10_000,
            "authsidecar_rate_limited_total"
            or "authsidecar_parallel_refused_total"
            or "authsidecar_tokens_total"
            or "authsidecar_cost_micros_total" => 2_000,
            _ => 200,
        };
}
