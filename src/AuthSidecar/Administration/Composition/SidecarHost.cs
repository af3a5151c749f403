using AuthSidecar.Access.Apps;
using AuthSidecar.Access.Assertions;
using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Companion;
using AuthSidecar.Access.Jwt;
using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.ExternalApproval;
using AuthSidecar.Administration.OAuth;
using AuthSidecar.Administration.Pages;
using AuthSidecar.Administration.Pages.Admin;
using AuthSidecar.Administration.Pages.Device;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Rest;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Administration.Web;
using AuthSidecar.Envoy.AccessLogs;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Envoy.ExtProc;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;
using AuthSidecar.Usage.BudgetAlerts;
using AuthSidecar.Usage.Budgets;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.Usage.Pricing;
using AuthSidecar.Usage.Recording;
using AuthSidecar.Usage.TokenLimits;
using AuthSidecar.WebSockets.Closer;
using AuthSidecar.WebSockets.Leases;
using AuthSidecar.WebSockets.Relay;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace AuthSidecar.Administration.Composition;

/// <summary>Composes the process: the features, then the endpoints of each listener.</summary>
internal static class SidecarHost
{
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(15);

    /// <param name="settings">Checked settings and their later versions.</param>
    /// <param name="hasher">Hashes under the peppers.</param>
    /// <param name="replace">Replaces services in tests: the clock, the decision log's output.</param>
    public static IHost Build(SettingsMonitor settings, KeyHasher hasher, Action<IServiceCollection>? replace = null)
    {
        var atStart = settings.Current.Settings;
        return new HostBuilder()
            .ConfigureLogging(logging => LogOutput.Configure(logging, atStart.Telemetry))
            .ConfigureServices(services =>
            {
                services.AddSettings(settings);
                services.Configure<HostOptions>(host =>
                    host.ShutdownTimeout = TimeSpan.FromSeconds(atStart.Shutdown.DrainSeconds) + _grace
                );
                services.AddTelemetry(atStart.Telemetry);
                services.AddStorage(atStart.DataDirectory);
                services.AddRedis(atStart.Redis);
                services.AddRateLimiting(atStart.Redis);
                services.AddAuthentication(hasher);
                services.AddInvalidation(atStart.Redis);
                services.AddJwt();
                services.AddAssertions();
                services.AddApps();
                services.AddPricing();
                services.AddBudgets(atStart.Redis);
                services.AddBudgetAlerts();
                services.AddUsage(atStart.DataDirectory);
                services.AddReports();
                services.AddRest();
                services.AddSingleton(new ConfigurationWarnings(() => settings.Current.Warnings));
                services.AddConsole();
                services.AddPages();
                services.AddAccounts(
                    FirstAdminOf(atStart.Console.Bootstrap),
                    new(atStart.Console.SessionIdle, atStart.Console.SessionLifetime)
                );
                services.AddDevices();
                services.AddOAuth();
                services.AddDevicePages();
                services.AddProviders(atStart.Login);
                services.AddExternalApproval(atStart.Login);
                services.AddAdminPages();
                services.AddCloser();
                services.AddTokenLimits(atStart.Redis);
                services.AddParallelLimits(atStart.Redis);
                services.AddSocketLeases(atStart.Redis);
                services.AddExtAuthz();
                services.AddObservation();
                services.AddRelay();
                services.AddCompanion();
                services.AddRecording();
                services.AddAccessLogs();
                services.AddHosting(atStart.Listen.Tls);
                services.AddHostedServices();
                replace?.Invoke(services);
            })
            .ConfigureWebHost(web =>
                web.UseKestrelCore()
                    .UseKestrelHttpsConfiguration()
                    .ConfigureKestrel(kestrel =>
                        Listeners.Bind(
                            kestrel,
                            atStart.Listen,
                            kestrel.ApplicationServices.GetRequiredService<TimeProvider>(),
                            kestrel.ApplicationServices.GetRequiredService<CheckRefusals>(),
                            kestrel.ApplicationServices.GetRequiredService<TlsCertificates>()
                        )
                    )
                    .ConfigureServices(services => services.AddWarmUp().Configure<SocketTransportOptions>(Listeners.ConfigureTransport))
                    .Configure(Map)
            )
            .UseConsoleLifetime(console => console.SuppressStatusMessages = true)
            .Build();
    }

    private static FirstAdmin? FirstAdminOf(BootstrapOptions bootstrap) =>
        bootstrap is { Name.Length: > 0, Password: { } password } ? new(bootstrap.Name, password) : null;

    private static void Map(IApplicationBuilder app)
    {
        app.MapWhen(
            context => context.CameThrough(Listener.Check),
            branch =>
                branch
                    .UseMiddleware<CheckSecretMiddleware>()
                    .UseRouting()
                    .UseEndpoints(endpoints =>
                    {
                        endpoints.MapExtAuthz();
                        endpoints.MapHealth();
                        endpoints.MapAccessLogs();
                        endpoints.MapObservation();
                    })
        );
        app.MapWhen(
            context => context.CameThrough(Listener.Companion),
            branch =>
                branch
                    .UseCompanion()
                    .UseRouting()
                    .UseEndpoints(endpoints =>
                    {
                        endpoints.MapCompanion();
                        endpoints.MapHealth();
                        endpoints.MapRecording();
                    })
        );
        app.MapWhen(
            context => context.CameThrough(Listener.Console) && ConsoleFeature.IsForPeople(context),
            branch => branch.UseRestErrors().UseConsole(ConsoleEndpoints.Map)
        );
        app.MapWhen(
            context => context.CameThrough(Listener.Console),
            branch =>
                branch
                    .UseRouting()
                    .UseEndpoints(endpoints =>
                    {
                        endpoints.MapProbes();
                        endpoints.MapAssertionKeys();
                        endpoints.MapMetrics();
                    })
        );
        app.MapWhen(
            context => context.CameThrough(Listener.Probe),
            branch =>
                branch
                    .UseRouting()
                    .UseEndpoints(endpoints =>
                    {
                        endpoints.MapProbes();
                        endpoints.MapMetrics();
                    })
        );
        app.MapWhen(context => context.CameThrough(Listener.Closer), branch => branch.UseCloser());
        app.MapWhen(context => context.CameThrough(Listener.Relay), branch => branch.UseRelay());
        app.MapWhen(
            context => context.CameThrough(Listener.WarmUp),
            branch => branch.UseRouting().UseEndpoints(endpoints => endpoints.MapWarmUp())
        );
    }
}
