using System.Diagnostics.Metrics;

namespace AuthSidecar.Platform.Redis;

internal static class RedisFeature
{
    /// <summary>Adds the connection, the circuit breaker and the registry of replicas where Redis is configured.</summary>
    public static IServiceCollection AddRedis(this IServiceCollection services, RedisOptions options)
    {
        if (options.ConnectionString is { } text)
        {
            services.AddSingleton(provider => new RedisConnection(
                RedisAddress.Parse(text) ?? throw new InvalidOperationException("Redis:ConnectionString is malformed."),
                provider.GetRequiredService<ILogger<RedisConnection>>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<IMeterFactory>()
            ));
            services.AddSingleton(provider => provider.GetRequiredService<RedisConnection>().Health);
            services.AddSingleton<RedisCircuitBreaker>();
            services.AddSingleton(provider => new ReplicaRegistry(
                provider.GetRequiredService<RedisConnection>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<ReplicaRegistry>>()
            ));
            services.AddSingleton<RedisProbe>(provider => provider.GetRequiredService<ReplicaRegistry>().ProbeAsync);
            services.AddSingleton<ReplicaHeartbeat>();
        }

        return services;
    }
}
