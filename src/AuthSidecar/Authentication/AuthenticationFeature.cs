using AuthSidecar.Changes;
using AuthSidecar.Configuration;
using AuthSidecar.Keys;
using AuthSidecar.Telemetry;

namespace AuthSidecar.Authentication;

internal static class AuthenticationFeature
{
    /// <param name="services">Needs the store and a clock.</param>
    /// <param name="settings">Cache options.</param>
    /// <param name="hasher">With the peppers, which are read before the start.</param>
    public static IServiceCollection AddAuthentication(this IServiceCollection services, Settings settings, KeyHasher hasher) => services
        .AddSingleton(hasher)
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<KeyCaches>(provider, settings.Cache))
        .AddSingleton<VerdictResolver>()
        .AddSingleton<KeyReader>()
        .AddSingleton<ImportedFormats>()
        .AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<ImportedFormats>())
        // After the formats, from which refusals are made.
        .AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<KeyCaches>())
        .AddSingleton<AuditLog>()
        .AddSingleton<KeyBookkeeping>()
        .AddSingleton<ApiKeyAuthenticator>()
        .AddSingleton<Authenticator>()
        .AddHostedService(provider => provider.GetRequiredService<KeyBookkeeping>());
}
