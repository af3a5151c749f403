using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Access.Authentication;

internal static class AuthenticationFeature
{
    /// <param name="services">Needs the options, the store and a clock.</param>
    /// <param name="hasher">Holds the peppers, which are read before the start.</param>
    public static IServiceCollection AddAuthentication(this IServiceCollection services, KeyHasher hasher) =>
        services
            .AddSingleton(hasher)
            .AddSingleton<KeyCaches>()
            .AddSingleton<VerdictResolver>()
            .AddSingleton<KeyReader>()
            .AddSingleton<ImportedFormats>()
            .AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<ImportedFormats>())
            // After ImportedFormats: cached denials depend on them.
            .AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<KeyCaches>())
            .AddSingleton<AuditLog>()
            .AddSingleton<KeyBookkeeping>()
            .AddSingleton<ApiKeyAuthenticator>()
            .AddSingleton<Authenticator>();
}
