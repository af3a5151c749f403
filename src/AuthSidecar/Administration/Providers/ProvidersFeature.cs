using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;

namespace AuthSidecar.Administration.Providers;

/// <summary>Sign-in by identity providers (OpenID Connect).</summary>
internal static class ProvidersFeature
{
    /// <param name="services">Needs the console and its accounts.</param>
    /// <param name="logins">The configured providers.</param>
    public static IServiceCollection AddProviders(this IServiceCollection services, IReadOnlyList<LoginOptions> logins)
    {
        services
            .AddSingleton<ProviderHttp>()
            .AddSingleton(provider => new LoginProviders([.. logins.Select(login => Create(provider, login))]))
            .AddSingleton<ProviderStart>()
            .AddSingleton<ProviderCallback>()
            .AddSingleton<ProviderLogout>()
            .AddSingleton<BackChannelLogout>()
            .AddSingleton<LogInByProvider>()
            .AddSingleton<LinkProvedIdentity>()
            .AddSingleton<LoginWays>()
            .AddSingleton<ReauthenticateByProvider>()
            .AddSingleton<LinkIdentity>()
            .AddSingleton<UnlinkIdentity>();
        foreach (var login in logins)
        {
            var scheme = LoginProvider.SchemeOf(login);
            new AuthenticationBuilder(services).AddOpenIdConnect(scheme, null, _ => { });
            services
                .AddOptions<OpenIdConnectOptions>(scheme)
                .Configure<LoginProviders, ProviderHttp>(
                    (options, providers, http) =>
                        ProviderScheme.Configure(options, providers.All.First(provider => provider.Scheme == scheme), http.Client)
                );
        }

        return logins.Count > 0 ? services.AddSingleton<DiscoveryWarmUp>() : services;
    }

    /// <summary>Start, answer and back-channel logout of each provider of the console.</summary>
    public static void MapProviders(this IEndpointRouteBuilder endpoints)
    {
        foreach (var provider in endpoints.ServiceProvider.GetRequiredService<LoginProviders>().Accounts)
        {
            endpoints.MapPost($"/ui/login/{provider.Name}", http => StartAsync(http, provider)).AllowAnonymous();
            endpoints
                .MapGet(provider.CallbackPath, http => http.RequestServices.GetRequiredService<ProviderCallback>().RunAsync(http, provider))
                .AllowAnonymous();
            endpoints
                .MapPost($"/auth/oidc/{provider.Name}/backchannel-logout", http =>
                    http.RequestServices.GetRequiredService<BackChannelLogout>().RunAsync(http, provider)
                )
                .AllowAnonymous()
                .WithCsrf(CsrfRule.NoCookies);
        }
    }

    private static async Task StartAsync(HttpContext http, LoginProvider provider)
    {
        if (!http.Request.HasFormContentType)
        {
            await http.RefuseAsync(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "The body must be a form.");
            return;
        }

        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var path = Drafts.Carry(http, form["draft"], form["return"]);
        await http.RequestServices.GetRequiredService<ProviderStart>().RunAsync(http, provider, ErrandKind.LogIn, path);
    }

    private static LoginProvider Create(IServiceProvider services, LoginOptions login) =>
        new(
            login,
            services.GetRequiredService<ConsoleOptions>(),
            new(
                login.Issuer,
                services.GetRequiredService<ProviderHttp>().Client,
                // People without an account reach their provider by a link.
                login.For == LoginPurpose.Account
                    ? services.GetRequiredService<FormTargets>()
                    : null,
                services.GetRequiredService<TimeProvider>(),
                services.GetRequiredService<ILogger<DiscoveryDocument>>()
            )
        );
}
