using System.Diagnostics.Metrics;

namespace AuthSidecar.Platform.Redis;

internal static class RedisFeature
{
    /// <summary>Adds <see cref="RedisConnection"/> and <see cref="RedisCircuitBreaker"/> where Redis is configured.</summary>
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
        }

        return services;
    }
}
