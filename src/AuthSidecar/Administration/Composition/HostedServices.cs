using AuthSidecar.Access.Assertions;
using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Jwt;
using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Envoy.AccessLogs;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Telemetry;
using AuthSidecar.Usage.BudgetAlerts;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.WebSockets.Leases;
using AuthSidecar.WebSockets.Relay;

namespace AuthSidecar.Administration.Composition;

/// <summary>
/// Hosted services in start order; they stop in reverse. OpenTelemetry's own starts before them, and the listeners start after them and
/// stop first.
/// </summary>
internal static class HostedServices
{
    public static IReadOnlyList<Type> Order { get; } =
    [
        // Stops last, so that it exports the measurements of all others.
        typeof(LastExport),
        typeof(TlsCertificates),
        typeof(RedisConnection),
        typeof(ReplicaHeartbeat),
        typeof(KeyBookkeeping),
        typeof(InvalidationPoller),
        typeof(InvalidationSubscriber),
        typeof(SigningKeyRefresher),
        typeof(AssertionKeyKeeper),
        typeof(PepperCensus),
        // Stops after all usage reporters.
        typeof(UsageWriter),
        typeof(RefusalCounts),
        typeof(UsageRetention),
        typeof(BudgetAlertService),
        typeof(BootstrapAdmin),
        typeof(AccountsRetention),
        typeof(DeviceGrantSweep),
        typeof(DiscoveryWarmUp),
        typeof(RequestLeaseSync),
        typeof(LeaseSync),
        typeof(SocketMonitor),
        typeof(AccessLogStreams),
        // Stops first: readiness ends, and Check is answered while Envoy drains.
        typeof(Lifecycle),
    ];

    /// <param name="services">With all features; services that no feature added are skipped.</param>
    public static IServiceCollection AddHostedServices(this IServiceCollection services)
    {
        foreach (var type in Order.Where(type => services.Any(service => service.ServiceType == type)).ToList())
        {
            services.AddSingleton(provider => (IHostedService)provider.GetRequiredService(type));
        }

        return services;
    }
}
