using AuthSidecar.Platform.Invalidation;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>WebSockets that authenticate with their first message.</summary>
internal static class RelayFeature
{
    /// <param name="services">Needs Check, cache invalidation and socket leases.</param>
    public static IServiceCollection AddRelay(this IServiceCollection services)
    {
        services.TryAddSingleton(new RelayTimeouts());
        return services
            .AddSingleton<SocketRegistry>()
            .AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<SocketRegistry>())
            .AddSingleton<SocketReauthorizer>()
            .AddSingleton<SocketMonitor>()
            .AddSingleton<UpstreamConnector>()
            .AddSingleton<RelayMetrics>()
            .AddSingleton<RelayUsageReporter>()
            .AddSingleton<FirstMessageReceiver>()
            .AddSingleton<RelayAuthorizer>()
            .AddSingleton<RelayedSocketRunner>()
            .AddSingleton<RelaySession>()
            .AddSingleton<RelayEndpoint>();
    }

    public static void UseRelay(this IApplicationBuilder listener)
    {
        var relay = listener.ApplicationServices.GetRequiredService<RelayEndpoint>();
        listener.UseWebSockets().Run(relay.AnswerAsync);
    }
}
