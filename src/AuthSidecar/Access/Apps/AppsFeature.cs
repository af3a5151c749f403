using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Access.Apps;

internal static class AppsFeature
{
    /// <param name="services">Needs the options, the store, cache invalidation and a clock.</param>
    public static IServiceCollection AddApps(this IServiceCollection services)
    {
        services.AddSingleton<AppReader>();
        services.AddSingleton<AclClient>();
        services.AddSingleton<AppCache>();
        services.AddSingleton<MemberCache>();
        services.AddSingleton(CreateAclCache);
        services.AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<AppCache>());
        services.AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<MemberCache>());
        services.AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<AclCache>());
        return services;
    }

    // Verdicts of the previous permission service do not hold for the new one.
    private static AclCache CreateAclCache(IServiceProvider provider)
    {
        var cache = ActivatorUtilities.CreateInstance<AclCache>(provider);
        provider.GetRequiredService<LiveOptions<AppsOptions>>().Changed += (before, now) =>
        {
            if (before.AclUri != now.AclUri)
            {
                cache.Invalidate(InvalidationSet.Everything);
            }
        };
        return cache;
    }
}
