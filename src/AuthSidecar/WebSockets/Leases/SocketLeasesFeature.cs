using System.Diagnostics.Metrics;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.WebSockets.Leases;

/// <summary>Caps on open WebSockets.</summary>
internal static class SocketLeasesFeature
{
    /// <param name="services">Needs the settings, a clock and the limiter.</param>
    /// <param name="redis">The Redis (registered before) for shared leases; empty: each replica counts its own sockets.</param>
    public static IServiceCollection AddSocketLeases(this IServiceCollection services, RedisOptions redis)
    {
        services.AddSingleton<LeaseTable>();
        services.AddSingleton(provider => new LeaseMetrics(
            provider.GetRequiredService<IMeterFactory>().Create(MeterNames.Sidecar),
            provider.GetRequiredService<LeaseTable>()
        ));
        services.AddSingleton<IResourceReleaser, LeaseReleaser>();
        if (redis.ConnectionString is null)
        {
            return services.AddSingleton<ISocketLeases, MemorySocketLeases>();
        }

        return services
            .AddSingleton(provider => new LeaseScript(provider.GetRequiredService<RedisConnection>()))
            .AddSingleton<RedisProbe>(provider => provider.GetRequiredService<LeaseScript>().ProbeAsync)
            .AddSingleton<PendingLeaseUpdates>()
            .AddSingleton<SharedSocketLeases>()
            .AddSingleton<ISocketLeases>(provider => provider.GetRequiredService<SharedSocketLeases>())
            .AddSingleton<LeaseSync>();
    }
}
