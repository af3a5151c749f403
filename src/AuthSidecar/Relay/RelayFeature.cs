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
            .AddSingleton<LiveSockets>()
            .AddSingleton<IChangeFollower>(provider => provider.GetRequiredService<LiveSockets>())
            .AddSingleton<SocketJudge>()
            .AddSingleton<SocketWatch>()
            .AddHostedService(provider => provider.GetRequiredService<SocketWatch>())
            .AddSingleton<UpstreamDial>()
            .AddSingleton<RelayMetrics>()
            .AddSingleton<RelayUsage>()
            .AddSingleton<Relay>();
    }

    public static void UseRelay(this IApplicationBuilder door)
    {
        var relay = door.ApplicationServices.GetRequiredService<Relay>();
        door.UseWebSockets().Run(relay.AnswerAsync);
    }
}
