using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Access.Authentication;

internal static class AuthenticationFeature
{
    /// <param name="services">Needs the options, the store and a clock.</param>
    /// <param name="hasher">With the peppers, which are read before the start.</param>
    public static IServiceCollection AddAuthentication(this IServiceCollection services, KeyHasher hasher) =>
        services
            .AddSingleton(hasher)
            .AddSingleton<KeyCaches>()
            .AddSingleton<VerdictResolver>()
            .AddSingleton<KeyReader>()
            .AddSingleton<ImportedFormats>()
            .AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<ImportedFormats>())
            // After the formats, from which refusals are made.
            .AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<KeyCaches>())
            .AddSingleton<AuditLog>()
            .AddSingleton<KeyBookkeeping>()
            .AddSingleton<ApiKeyAuthenticator>()
            .AddSingleton<Authenticator>();
}
