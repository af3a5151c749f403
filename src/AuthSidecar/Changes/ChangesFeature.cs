using AuthSidecar.Redis;
using AuthSidecar.Storage;

namespace AuthSidecar.Changes;

internal static class ChangesFeature
{
    /// <param name="services">Needs the store, its followers, a clock, meters and, where it is configured, Redis.</param>
    /// <param name="cache">How long caches count without a source of changes.</param>
    /// <param name="redis">Whether there is a second source.</param>
    public static IServiceCollection AddChanges(this IServiceCollection services, CacheOptions cache, RedisOptions redis)
    {
        services.AddSingleton<ChangeMetrics>();
        services.AddSingleton<CacheMetrics>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ChangeWatcher>(provider, cache));
        services.AddHostedService(provider => provider.GetRequiredService<ChangeWatcher>());
        if (redis.ConnectionString is not null)
        {
            services.AddSingleton<MessageSeal>();
            services.AddSingleton<ChangeBus>();
            services.AddHostedService<ChangeSubscription>();
        }

        return services;
    }

    /// <summary>Lets a store tell other replicas of what is saved in it.</summary>
    public static void AnnounceOver(this Store store, ChangeBus bus) => store.Changes.Announce = bus.AnnounceAsync;
}
