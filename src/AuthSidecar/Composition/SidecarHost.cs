using AuthSidecar.AccessLogs;
using AuthSidecar.Apps;
using AuthSidecar.Assertions;
using AuthSidecar.Authentication;
using AuthSidecar.Authentication.Jwt;
using AuthSidecar.Budgets;
using AuthSidecar.Changes;
using AuthSidecar.Companion;
using AuthSidecar.ExtAuthz;
using AuthSidecar.Hosting;
using AuthSidecar.Keys;
using AuthSidecar.Observation;
using AuthSidecar.Pricing;
using AuthSidecar.RateLimiting;
using AuthSidecar.Recording;
using AuthSidecar.Redis;
using AuthSidecar.Relay;
using AuthSidecar.Reports;
using AuthSidecar.Settings;
using AuthSidecar.SocketLeases;
using AuthSidecar.Storage;
using AuthSidecar.Telemetry;
using AuthSidecar.Usage;
using AuthSidecar.WebSockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace AuthSidecar.Composition;

/// <summary>Puts the process together: the features, then what each door serves.</summary>
internal static class SidecarHost
{
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(15);

    /// <param name="settings">Checked settings and their later versions.</param>
    /// <param name="hasher">Made of the peppers.</param>
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
                    host.ShutdownTimeout = TimeSpan.FromSeconds(atStart.Shutdown.DrainSeconds) + _grace);
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
                services.AddUsage(atStart.DataDirectory);
                services.AddReports();
                services.AddCloser();
                services.AddSocketLeases(atStart.Redis);
                services.AddExtAuthz();
                services.AddObservation();
                services.AddRelay();
                services.AddCompanion();
                services.AddRecording();
                services.AddAccessLogs();
                services.AddHosting();
                services.AddHostedServices();
                replace?.Invoke(services);
            })
            .ConfigureWebHost(web => web
                .UseKestrelCore()
                .UseKestrelHttpsConfiguration()
                .ConfigureKestrel(kestrel => Listeners.Bind(
                    kestrel,
                    atStart.Listen,
                    kestrel.ApplicationServices.GetRequiredService<TimeProvider>(),
                    kestrel.ApplicationServices.GetRequiredService<CheckRefusals>()))
                .ConfigureServices(services => services
                    .AddWarmUp()
                    .Configure<SocketTransportOptions>(transport => Listeners.Widen(transport, atStart.Listen)))
                .Configure(Map))
            .UseConsoleLifetime(console => console.SuppressStatusMessages = true)
            .Build();
    }

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
