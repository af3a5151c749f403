namespace AuthSidecar.Envoy.ExtProc;

/// <summary>Envoy's external processor, on Check's listener.</summary>
internal static class ObservationFeature
{
    // Envoy sends a body chunk as it was read: at most the connection's buffer limit (1 MiB by default) and one read.
    private const int MaxPieceBytes = 16 * 1024 * 1024;

    public static IServiceCollection AddObservation(this IServiceCollection services)
    {
        services.AddGrpc().AddServiceOptions<ObserverService>(grpc => grpc.MaxReceiveMessageSize = MaxPieceBytes);
        services.AddSingleton<ObserverMetrics>();
        services.AddSingleton<ObserverUsageReporter>();
        services.AddSingleton<ObserverService>();
        return services;
    }

    public static void MapObservation(this IEndpointRouteBuilder endpoints) => endpoints.MapGrpcService<ObserverService>();
}
