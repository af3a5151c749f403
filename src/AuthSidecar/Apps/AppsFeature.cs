using AuthSidecar.Changes;
using AuthSidecar.Configuration;

namespace AuthSidecar.Apps;

internal static class AppsFeature
{
    /// <param name="services">Where to add; needs the store, cache invalidation and a clock.</param>
    /// <param name="settings">Whose cache to make, and whose permission service to ask.</param>
    public static IServiceCollection AddApps(this IServiceCollection services, SettingsMonitor settings)
    {
        var cache = settings.Current.Settings.Cache;
        services.AddSingleton<AppReader>();
        services.AddSingleton<AclClient>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<AppCache>(provider, cache));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<MemberCache>(provider, cache));
        services.AddSingleton(provider => MakeAclCache(ActivatorUtilities.CreateInstance<AclCache>(provider, cache), settings));
        services.AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<AppCache>());
        services.AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<MemberCache>());
        services.AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<AclCache>());
        return services;
    }

    // What one permission service said is not what another would say.
    private static AclCache MakeAclCache(AclCache cache, SettingsMonitor settings)
    {
        var address = settings.Current.Settings.Apps.AclUri;
        settings.Changed += snapshot =>
        {
            if (Interlocked.Exchange(ref address, snapshot.Settings.Apps.AclUri) != snapshot.Settings.Apps.AclUri)
            {
                cache.Invalidate(InvalidationSet.Everything);
            }
        };
        return cache;
    }
}
