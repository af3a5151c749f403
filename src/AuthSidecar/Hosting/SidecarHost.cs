using AuthSidecar.AccessLogs;
using AuthSidecar.Apps;
using AuthSidecar.Assertions;
using AuthSidecar.Authentication;
using AuthSidecar.Authentication.Jwt;
using AuthSidecar.Budgets;
using AuthSidecar.Changes;
using AuthSidecar.Companion;
using AuthSidecar.Configuration;
using AuthSidecar.ExtAuthz;
using AuthSidecar.Keys;
using AuthSidecar.Observation;
using AuthSidecar.Pricing;
using AuthSidecar.RateLimiting;
using AuthSidecar.Recording;
using AuthSidecar.Redis;
using AuthSidecar.Relay;
using AuthSidecar.Reports;
using AuthSidecar.SocketLeases;
using AuthSidecar.Storage;
using AuthSidecar.Telemetry;
using AuthSidecar.Usage;
using AuthSidecar.WebSockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace AuthSidecar.Hosting;

/// <summary>Puts the process together: the features, then what each door serves.</summary>
internal static class SidecarHost
{
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(15);

    /// <param name="settings">Checked settings and their later versions.</param>
    /// <param name="hasher">Made of the peppers.</param>
    /// <param name="replace">Replaces services in tests: the clock, the decision log's output.</param>
    public static IHost Build(SettingsMonitor settings, KeyHasher hasher, Action<IServiceCollection>? replace = null) =>
        new HostBuilder()
            .ConfigureLogging(logging => LogOutput.Configure(logging, settings.Current.Settings.Telemetry))
            .ConfigureServices(services =>
            {
                services.AddSingleton(settings);
                services.Configure<HostOptions>(host =>
                    host.ShutdownTimeout = TimeSpan.FromSeconds(settings.Current.Settings.Shutdown.DrainSeconds) + _grace);
                services.AddTelemetry(settings.Current.Settings.Telemetry);
                services.AddStorage(settings.Current.Settings);
                services.AddRedis(settings.Current.Settings.Redis);
                services.AddRateLimiting(settings.Current.Settings.Redis);
                services.AddAuthentication(settings.Current.Settings, hasher);
                services.AddInvalidation(settings.Current.Settings.Cache, settings.Current.Settings.Redis);
                services.AddJwt();
                services.AddAssertions();
                services.AddApps(settings);
                services.AddPricing();
                services.AddBudgets(settings.Current.Settings);
                services.AddUsage(settings.Current.Settings);
                services.AddReports();
                services.AddCloser();
                services.AddSocketLeases(settings.Current.Settings.Redis);
                services.AddExtAuthz();
                services.AddObservation();
                services.AddRelay();
                services.AddCompanion();
                services.AddRecording();
                services.AddAccessLogs();
                services.AddHosting();
                replace?.Invoke(services);
            })
            .ConfigureWebHost(web => web
                .UseKestrelCore()
                .UseKestrelHttpsConfiguration()
                .ConfigureKestrel(kestrel => Listeners.Bind(kestrel, settings.Current.Settings, kestrel.ApplicationServices.GetRequiredService<TimeProvider>(), kestrel.ApplicationServices.GetRequiredService<CheckRefusals>()))
                .ConfigureServices(services => services.AddWarmUp().Configure<SocketTransportOptions>(transport => Listeners.Widen(transport, settings.Current.Settings.Listen)))
                .Configure(Map))
            .UseConsoleLifetime(console => console.SuppressStatusMessages = true)
            .Build();

    private static void Map(IApplicationBuilder app)
    {
        app.MapWhen(context => context.CameThrough(Listener.Check), door => door.UseMiddleware<CheckSecretMiddleware>().UseRouting().UseEndpoints(endpoints =>
        {
            endpoints.MapExtAuthz();
            endpoints.MapHealth();
            endpoints.MapAccessLogs();
            endpoints.MapObservation();
        }));
        app.MapWhen(context => context.CameThrough(Listener.Companion), door => door.UseCompanion().UseRouting().UseEndpoints(endpoints =>
        {
            endpoints.MapCompanion();
            endpoints.MapHealth();
            endpoints.MapRecording();
        }));
        app.MapWhen(context => context.CameThrough(Listener.Console), door => door.UseRouting().UseEndpoints(endpoints =>
        {
            endpoints.MapProbes();
            endpoints.MapAssertionKeys();
            endpoints.MapMetrics();
            endpoints.MapReports();
        }));
        app.MapWhen(context => context.CameThrough(Listener.Closer), door => door.UseCloser());
        app.MapWhen(context => context.CameThrough(Listener.Relay), door => door.UseRelay());
        app.MapWhen(context => context.CameThrough(Listener.WarmUp), door => door.UseRouting().UseEndpoints(endpoints => endpoints.MapWarmUp()));
    }
}
