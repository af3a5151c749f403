using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Access.Jwt;

internal static class JwtFeature
{
    public static IServiceCollection AddJwt(this IServiceCollection services) =>
        services.AddSingleton<IssuerClient>().AddSingleton(Create).AddSingleton<SigningKeyRefresher>();

    private static JwtAuthenticator Create(IServiceProvider provider)
    {
        var issuers = provider.GetRequiredService<LiveOptions<List<JwtOptions>>>();
        var authenticator = ActivatorUtilities.CreateInstance<JwtAuthenticator>(provider);
        authenticator.Use(issuers.Current);
        issuers.Changed += (_, now) => authenticator.Use(now);
        return authenticator;
    }
}
