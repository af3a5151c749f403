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
        services.AddSingleton(MakeAclCache);
        services.AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<AppCache>());
        services.AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<MemberCache>());
        services.AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<AclCache>());
        return services;
    }

    // What one permission service answered does not hold for another.
    private static AclCache MakeAclCache(IServiceProvider provider)
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
