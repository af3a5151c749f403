using AuthSidecar.Administration.Reports;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AuthSidecar.Administration.Web;

/// <summary>Pages and REST API for people, on the console's listener.</summary>
internal static class ConsoleFeature
{
    private static readonly PathString[] _roots = ["/ui", "/auth", "/api", "/device", "/oauth"];

    public static IServiceCollection AddConsole(this IServiceCollection services)
    {
        services.AddScoped(provider => provider.GetRequiredService<Store>().Open());
        services.AddDataProtection().SetApplicationName("authsidecar").PersistKeysToDbContext<SidecarDbContext>();
        services.AddRazorPages(options => options.RootDirectory = "/Administration/Pages").ConfigureApplicationPartManager(UseOwnParts);
        LoadKeyRingOnDemand(services);
        return services;
    }

    /// <summary>True for the root, and for paths of people's pages and the REST API.</summary>
    public static bool IsForPeople(HttpContext context) =>
        context.Request.Path is var path && (path == "/" || Array.Exists(_roots, root => path.StartsWithSegments(root)));

    /// <summary>Builds the pipeline at the first request, so that a sidecar without logins does not pay for it.</summary>
    public static void UseConsole(this IApplicationBuilder branch)
    {
        var pipeline = new Lazy<RequestDelegate>(() => Build(branch.New()));
        branch.Run(context => pipeline.Value(context));
    }

    private static RequestDelegate Build(IApplicationBuilder console)
    {
        console.UseRouting();
        console.UseEndpoints(endpoints =>
        {
            endpoints.MapReports();
            endpoints.MapRazorPages();
        });
        return console.Build();
    }

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
