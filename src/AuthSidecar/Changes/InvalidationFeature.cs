using AuthSidecar.Redis;
using AuthSidecar.Storage;

namespace AuthSidecar.Changes;

internal static class InvalidationFeature
{
    /// <param name="services">Needs the store, the handlers, a clock, meters and, where it is configured, Redis.</param>
    /// <param name="cache">How long caches are used without a source of invalidations.</param>
    /// <param name="redis">Whether there is a second source, Redis.</param>
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

    /// <summary>Publishes the store's invalidations to other replicas.</summary>
    public static void AnnounceOver(this Store store, InvalidationPublisher publisher) =>
        store.AnnounceOver(() => Task.FromResult<InvalidationPublisher?>(publisher));

    /// <summary>The same, with a publisher that is made when it is needed.</summary>
    /// <param name="store">The store.</param>
    /// <param name="publisher">Called for each commit; null: not published, replicas read the table.</param>
    public static void AnnounceOver(this Store store, Func<Task<InvalidationPublisher?>> publisher) => store.Invalidations.Announce = async invalidations =>
    {
        if (await publisher() is { } available)
        {
            await available.AnnounceAsync(invalidations);
        }
    };
}
