using System.Diagnostics.Metrics;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Access.RateLimiting;

internal static class RateLimitingFeature
{
    /// <param name="services">Needs the settings and a clock.</param>
    /// <param name="redis">The Redis (registered before) that holds the shared windows; not configured: each replica counts alone.</param>
    public static IServiceCollection AddRateLimiting(this IServiceCollection services, RedisOptions redis)
    {
        services.AddSingleton(provider => new LimitMetrics(provider.GetRequiredService<IMeterFactory>().Create(MeterNames.Sidecar)));
        services.AddSingleton<MemoryRateLimiter>();
        services.AddSingleton<RequestLimits>();
        services.AddSingleton<FailedAuthThrottle>();
        if (redis.ConnectionString is null)
        {
            return services.AddSingleton<IRateLimiter>(provider => provider.GetRequiredService<MemoryRateLimiter>());
        }

        return services
            .AddSingleton(provider => new RedisWindows(provider.GetRequiredService<RedisConnection>()))
            .AddSingleton<RedisProbe>(provider => provider.GetRequiredService<RedisWindows>().ProbeAsync)
            .AddSingleton<SharedFailures>()
            .AddSingleton<IRateLimiter, RedisRateLimiter>();
    }
}
