using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Platform.Invalidation;

internal static class InvalidationFeature
{
    /// <param name="services">With options, store, handlers, clock, meters and, if configured, Redis.</param>
    /// <param name="redis">With a connection string, Redis is the second source.</param>
    public static IServiceCollection AddInvalidation(this IServiceCollection services, RedisOptions redis)
    {
        services.AddSingleton<InvalidationMetrics>();
        services.AddSingleton<CacheMetrics>();
        services.AddSingleton<InvalidationPoller>();
        if (redis.ConnectionString is not null)
        {
            services.AddSingleton<MessageSeal>();
            services.AddSingleton<InvalidationPublisher>();
            services.AddSingleton<InvalidationSubscriber>();
        }

        return services;
    }

    /// <summary>Publishes the store's invalidations to other replicas.</summary>
    public static void AnnounceOver(this Store store, InvalidationPublisher publisher) =>
        store.AnnounceOver(() => Task.FromResult<InvalidationPublisher?>(publisher));

    /// <summary>The same with a publisher created on first use.</summary>
    /// <param name="store">The store.</param>
    /// <param name="publisher">Called for each commit; null: not published, replicas poll the table.</param>
    public static void AnnounceOver(this Store store, Func<Task<InvalidationPublisher?>> publisher) =>
        store.Invalidations.Announce = async invalidations =>
        {
            if (await publisher() is { } available)
            {
                await available.AnnounceAsync(invalidations);
            }
        };
}
