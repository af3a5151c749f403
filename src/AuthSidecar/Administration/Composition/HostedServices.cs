using AuthSidecar.Access.Assertions;
using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Jwt;
using AuthSidecar.Envoy.AccessLogs;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Telemetry;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.WebSockets.Leases;
using AuthSidecar.WebSockets.Relay;

namespace AuthSidecar.Administration.Composition;

/// <summary>
/// The services that run as long as the process, in the order in which they start; they stop in reverse.
/// OpenTelemetry's own starts before them, the listeners after them: no request is left when the last of these stops.
/// </summary>
internal static class HostedServices
{
    public static IReadOnlyList<Type> Order { get; } =
    [
        // Exports what all others have measured until their end.
        typeof(LastExport),
        typeof(RedisConnection),
        typeof(KeyBookkeeping),
        typeof(InvalidationPoller),
        typeof(InvalidationSubscriber),
        typeof(SigningKeyRefresher),
        typeof(AssertionKeyKeeper),
        // Stops after everything that offers usage.
        typeof(UsageWriter),
        typeof(RefusalCounts),
        typeof(UsageRetention),
        typeof(LeaseSync),
        typeof(SocketMonitor),
        typeof(AccessLogStreams),
        // The first to be asked to stop: readiness goes, and Check answers until Envoy has moved away.
        typeof(Lifecycle),
    ];

    /// <param name="services">With every feature added; a service of the list that no feature added is left out.</param>
    public static IServiceCollection AddHostedServices(this IServiceCollection services)
    {
        foreach (var type in Order.Where(type => services.Any(service => service.ServiceType == type)).ToList())
        {
            services.AddSingleton(provider => (IHostedService)provider.GetRequiredService(type));
        }

        return services;
    }
}
