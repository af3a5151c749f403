namespace AuthSidecar.Envoy.ExtProc;

/// <summary>Registers the observer, on Check's listener.</summary>
internal static class ObservationFeature
{
    // Envoy sends body chunks as read: at most the connection's buffer limit (1 MiB by default) plus one read.
    private const int MaxMessageBytes = 16 * 1024 * 1024;

    public static IServiceCollection AddObservation(this IServiceCollection services)
    {
        services.AddGrpc().AddServiceOptions<ObserverService>(grpc => grpc.MaxReceiveMessageSize = MaxMessageBytes);
        services.AddSingleton<ObserverMetrics>();
        services.AddSingleton<ObserverUsageReporter>();
        services.AddSingleton<ObserverService>();
        return services;
    }

    public static void MapObservation(this IEndpointRouteBuilder endpoints) => endpoints.MapGrpcService<ObserverService>();
}
