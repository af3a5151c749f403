using AuthSidecar.Configuration;

namespace AuthSidecar.Authentication.Jwt;

internal static class JwtFeature
{
    public static IServiceCollection AddJwt(this IServiceCollection services) => services
        .AddSingleton<IssuerClient>()
        .AddSingleton(Create)
        .AddHostedService<SigningKeyRefresher>();

    private static JwtAuthenticator Create(IServiceProvider provider)
    {
        var settings = provider.GetRequiredService<SettingsMonitor>();
        var used = settings.Current.Settings;
        var authenticator = ActivatorUtilities.CreateInstance<JwtAuthenticator>(provider, used.Cache);
        authenticator.Use(used.Jwt);
        settings.Changed += snapshot =>
        {
            if (SettingsDiff.Changed(new Settings { Jwt = used.Jwt }, new Settings { Jwt = snapshot.Settings.Jwt }).Count > 0)
            {
                used = snapshot.Settings;
                authenticator.Use(used.Jwt);
            }
        };
        return authenticator;
    }
}
