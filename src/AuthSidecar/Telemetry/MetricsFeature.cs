namespace AuthSidecar.Telemetry;

internal static class MetricsFeature
{
    public static IServiceCollection AddSidecarMetrics(this IServiceCollection services) => services.AddMetrics().AddSingleton<MetricsCollector>();

    /// <summary>Nothing without an endpoint. What is registered before it is stopped after it, and not told of any more.</summary>
    public static IServiceCollection AddOtlpExport(this IServiceCollection services, TelemetryOptions telemetry) =>
        telemetry.OtlpEndpoint.Length == 0
            ? services
            : services
                .AddSingleton<ExportReport>()
                .AddHostedService(provider => new OtlpExport(new(telemetry.OtlpEndpoint), provider.GetRequiredService<ExportReport>()));

    /// <summary><c>GET /metrics</c>, for Prometheus.</summary>
    public static void MapMetrics(this IEndpointRouteBuilder endpoints)
    {
        // Made now: what is measured before the first visit counts too.
        var collector = endpoints.ServiceProvider.GetRequiredService<MetricsCollector>();
        endpoints.MapGet("/metrics", () => Results.Text(collector.Collect(), PrometheusText.ContentType));
    }
}
