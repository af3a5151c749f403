using AuthSidecar.Changes;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AuthSidecar.Relay;

/// <summary>WebSockets that authenticate with their first message.</summary>
internal static class RelayFeature
{
    /// <param name="services">Needs Check, the store's changes and the leases of sockets.</param>
    public static IServiceCollection AddRelay(this IServiceCollection services)
    {
        services.TryAddSingleton(new RelayTimes());
        return services
            .AddSingleton<SocketRegistry>()
            .AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<SocketRegistry>())
            .AddSingleton<SocketReauthorizer>()
            .AddSingleton<SocketMonitor>()
            .AddHostedService(provider => provider.GetRequiredService<SocketMonitor>())
            .AddSingleton<UpstreamConnector>()
            .AddSingleton<RelayMetrics>()
            .AddSingleton<RelayUsage>()
            .AddSingleton<RelayEndpoint>();
    }

    public static void UseRelay(this IApplicationBuilder door)
    {
        var relay = door.ApplicationServices.GetRequiredService<RelayEndpoint>();
        door.UseWebSockets().Run(relay.AnswerAsync);
    }
}
