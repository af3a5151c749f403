using AuthSidecar.Redis;
using AuthSidecar.Storage;

namespace AuthSidecar.Changes;

internal static class InvalidationFeature
{
    /// <param name="services">Needs the store, its followers, a clock, meters and, where it is configured, Redis.</param>
    /// <param name="cache">How long caches count without a source of changes.</param>
    /// <param name="redis">Whether there is a second source.</param>
    public static IServiceCollection AddInvalidation(this IServiceCollection services, CacheOptions cache, RedisOptions redis)
    {
        services.AddSingleton<InvalidationMetrics>();
        services.AddSingleton<CacheMetrics>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<InvalidationPoller>(provider, cache));
        services.AddHostedService(provider => provider.GetRequiredService<InvalidationPoller>());
        if (redis.ConnectionString is not null)
        {
            services.AddSingleton<MessageSeal>();
            services.AddSingleton<InvalidationPublisher>();
            services.AddHostedService<InvalidationSubscriber>();
        }

        return services;
    }

    /// <summary>Lets a store tell other replicas of what is saved in it.</summary>
    public static void AnnounceOver(this Store store, InvalidationPublisher bus) => store.Invalidations.Announce = bus.AnnounceAsync;
}
