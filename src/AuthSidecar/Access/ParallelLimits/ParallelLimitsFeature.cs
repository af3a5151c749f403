using System.Diagnostics.Metrics;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Access.ParallelLimits;

/// <summary>Caps on running requests.</summary>
internal static class ParallelLimitsFeature
{
    /// <param name="services">Needs the settings and a clock.</param>
    /// <param name="redis">The Redis (registered before) for shared leases; empty: each replica counts its own requests.</param>
    public static IServiceCollection AddParallelLimits(this IServiceCollection services, RedisOptions redis)
    {
        var isShared = redis.ConnectionString is not null;
        services.AddSingleton(provider => new RequestLeaseTable(
            provider.GetRequiredService<TimeProvider>(),
            isShared ? IRequestLeases.Life : null
        ));
        services.AddSingleton(provider => new ParallelMetrics(
            provider.GetRequiredService<IMeterFactory>().Create(MeterNames.Sidecar),
            provider.GetRequiredService<RequestLeaseTable>()
        ));
        services.AddSingleton<IResourceReleaser, RequestLeaseReleaser>();
        if (!isShared)
        {
            return services.AddSingleton<IRequestLeases, MemoryRequestLeases>();
        }

        return services
            .AddSingleton(provider => new RequestLeaseScript(provider.GetRequiredService<RedisConnection>()))
            .AddSingleton<RedisProbe>(provider => provider.GetRequiredService<RequestLeaseScript>().ProbeAsync)
            .AddSingleton<LeaseReports>()
            .AddSingleton<SharedRequestLeases>()
            .AddSingleton<IRequestLeases>(provider => provider.GetRequiredService<SharedRequestLeases>())
            .AddSingleton<RequestLeaseSync>();
    }
}
