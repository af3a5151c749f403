namespace AuthSidecar.Telemetry;

internal static class MetricsFeature
{
    public static IServiceCollection AddSidecarMetrics(this IServiceCollection services) => services.AddMetrics().AddSingleton<MetricsCollector>();

    /// <summary><c>GET /metrics</c>, for Prometheus.</summary>
    public static void MapMetrics(this IEndpointRouteBuilder endpoints)
    {
        // Made now: what is measured before the first visit counts too.
        var collector = endpoints.ServiceProvider.GetRequiredService<MetricsCollector>();
        endpoints.MapGet("/metrics", () => Results.Text(collector.Collect(), PrometheusText.ContentType));
    }
}
