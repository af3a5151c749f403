using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.Administration.Web;

/// <summary>Further routes of the console, as services: tests add theirs.</summary>
internal delegate void ConsoleRoutes(IEndpointRouteBuilder endpoints);

/// <summary>Pages and REST API for people, on the console's listener.</summary>
internal static class ConsoleFeature
{
    private static readonly PathString[] _roots =
    [
        "/ui",
        "/auth",
        "/api",
        "/device",
        "/oauth",
        "/openapi",
        "/.well-known/oauth-authorization-server",
    ];

    public static IServiceCollection AddConsole(this IServiceCollection services)
    {
        services.AddScoped(provider => provider.GetRequiredService<Store>().Open());
        services.AddDataProtection().SetApplicationName("authsidecar").PersistKeysToDbContext<SidecarDbContext>();
        services.AddOptions<KeyManagementOptions>().Configure<KeyHasher>((ring, peppers) => ring.XmlEncryptor = new RingEncryptor(peppers));
        services.AddRazorPages(UsePages).ConfigureApplicationPartManager(UseOwnParts);
        AddCallers(services);
        services.AddAntiforgery(CsrfProtection.Configure).AddSingleton<IAntiforgeryAdditionalDataProvider, SessionTokens>();
        services
            .AddSingleton<FormTargets>()
            .AddSingleton<OwnOrigins>()
            .AddSingleton<Drafts>()
            .AddSingleton<KnownBrowsers>()
            .AddSingleton<SignIn>();
        services.Configure<CookieTempDataProviderOptions>(UseSecureNotices);
        services.AddCors();

        // Last: the others add it again.
        LoadKeyRingOnDemand(services);
        return services;
    }

    /// <summary>True for the root, and for paths of people's pages and the REST API.</summary>
    public static bool IsForPeople(HttpContext context) =>
        context.Request.Path is var path && (path == "/" || Array.Exists(_roots, root => path.StartsWithSegments(root)));

    /// <summary>Builds the pipeline at the first request, so that a sidecar without logins does not pay for it.</summary>
    /// <param name="branch">The branch.</param>
    /// <param name="map">Maps the endpoints. One without a policy is refused.</param>
    public static void UseConsole(this IApplicationBuilder branch, Action<IEndpointRouteBuilder> map)
    {
        var pipeline = new Lazy<RequestDelegate>(() => Build(branch.New(), map));
        branch.Run(context => pipeline.Value(context));
    }

    private static RequestDelegate Build(IApplicationBuilder console, Action<IEndpointRouteBuilder> map)
    {
        console.UseProxyHeaders();
        console.Use(console.ApplicationServices.GetRequiredService<FormTargets>().InvokeAsync);
        console.UseWhen(IsDevice, device => device.UseSecurityHeaders(ConsoleHeaders.WithoutReferrer()));
        console.UseWhen(http => !IsDevice(http), other => other.UseSecurityHeaders(ConsoleHeaders.Policy()));
        console.UseMiddleware<ConsoleErrors>();
        console.UseMiddleware<BodyLimits>();
        console.UseRouting();
        console.UseMiddleware<HostCheck>();
        UseCors(console);
        console.UseMiddleware<CsrfProtection>();
        console.UseAuthorization();
        console.Use(SetActor);
        console.UseEndpoints(endpoints =>
        {
            map(endpoints);
            foreach (var more in endpoints.ServiceProvider.GetServices<ConsoleRoutes>())
            {
                more(endpoints);
            }
        });
        return console.Build();
    }

    private static void AddCallers(IServiceCollection services)
    {
        services.AddSingleton<CallerReader>().AddSingleton<SessionCookie>();
        services
            .AddAuthentication()
            .AddPolicyScheme(Schemes.Console, null, options =>
                options.ForwardDefaultSelector = http => Schemes.HasKey(http.Request) ? Schemes.Key : Schemes.Session
            )
            .AddCookie(Schemes.Session)
            .AddScheme<AuthenticationSchemeOptions, KeyAuthentication>(Schemes.Key, null);
        services.AddOptions<CookieAuthenticationOptions>(Schemes.Session).Configure<ConsoleOptions>(SessionCookie.Configure);
        services
            .AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder(Schemes.Console).RequireAssertion(_ => false).Build());
        services.Configure<AuthorizationOptions>(options =>
        {
            foreach (var policy in ConsolePolicies.All)
            {
                options.AddPolicy(
                    policy,
                    new AuthorizationPolicyBuilder(Schemes.Console).AddRequirements(new CallerRequirement(policy)).Build()
                );
            }
        });
        services
            .AddSingleton<IAuthorizationHandler, CallerRules>()
            .AddSingleton<IAuthorizationMiddlewareResultHandler, AuthorizationAnswers>();
    }

    private static void UseCors(IApplicationBuilder console)
    {
        var origins = console.ApplicationServices.GetRequiredService<ConsoleOptions>().CorsOrigins;
        if (origins.Count == 0)
        {
            return;
        }

        console.UseWhen(
            http => http.Request.Path.StartsWithSegments("/api"),
            api =>
                api.UseCors(cors =>
                    cors.WithOrigins([.. origins])
                        .WithMethods("GET", "POST", "PUT", "PATCH", "DELETE")
                        .WithHeaders("Authorization", "X-Api-Key", "Content-Type", "If-Match", "Idempotency-Key")
                        .WithExposedHeaders("ETag", "Location", "Retry-After", "Idempotency-Replayed")
                )
        );
    }

    private static async Task SetActor(HttpContext http, RequestDelegate next)
    {
        var address = http.ClientAddress();
        using (
            Actor.Use(
                http.FindCaller() switch
                {
                    { Kind: CallerKind.Session } person => new(ActorKind.Session, person.UserId, person.Name, address),
                    { Kind: CallerKind.Key } key => new(ActorKind.Key, key.KeyId ?? key.UserId, key.Name, address),
                    { Kind: CallerKind.Master } master => new(ActorKind.Master, null, master.Name, address),
                    _ => new(ActorKind.Session, null, "anonymous", address),
                }
            )
        )
        {
            await next(http);
        }
    }

    private static void UseSecureNotices(CookieTempDataProviderOptions notices)
    {
        notices.Cookie.Name = "__Host-authsidecar-notice";
        notices.Cookie.Path = "/";
        notices.Cookie.SecurePolicy = CookieSecurePolicy.Always;
    }

    private static void UsePages(RazorPagesOptions pages)
    {
        pages.RootDirectory = "/Administration/Pages";
        pages.Conventions.ConfigureFilter(new PageMethods());
    }

    private static bool IsDevice(HttpContext http) => http.Request.Path.StartsWithSegments("/device");

    // The framework's hosted service would read and create keys at every start.
    private static void LoadKeyRingOnDemand(IServiceCollection services)
    {
        foreach (var service in services.Where(service => service.ImplementationType?.Name == "DataProtectionHostedService").ToList())
        {
            services.Remove(service);
        }
    }

    // Without a web host builder MVC finds no application parts by itself.
    private static void UseOwnParts(ApplicationPartManager manager)
    {
        manager.ApplicationParts.Clear();
        var own = typeof(ConsoleFeature).Assembly;
        foreach (var part in ApplicationPartFactory.GetApplicationPartFactory(own).GetApplicationParts(own))
        {
            manager.ApplicationParts.Add(part);
        }
    }
}
