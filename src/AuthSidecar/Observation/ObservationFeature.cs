using AuthSidecar.Storage;
using AuthSidecar.Usage;

namespace AuthSidecar.Observation;

/// <summary>What Envoy shows of responses, on the door of Check.</summary>
internal static class ObservationFeature
{
    // Envoy shows a piece of a body as it read it, at most its connection's buffer limit (1 MiB by default) and a read more.
    private const int MaxPieceBytes = 16 * 1024 * 1024;

    public static IServiceCollection AddObservation(this IServiceCollection services)
    {
        services.AddGrpc().AddServiceOptions<ObserverService>(grpc => grpc.MaxReceiveMessageSize = MaxPieceBytes);
        services.AddSingleton<ObserverMetrics>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ObserverService>(provider, new Func<UsageRow, bool>(provider.GetRequiredService<UsageQueue>().Offer)));
        return services;
    }

    public static void MapObservation(this IEndpointRouteBuilder endpoints) => endpoints.MapGrpcService<ObserverService>();
}
