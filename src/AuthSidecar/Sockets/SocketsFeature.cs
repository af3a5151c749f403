using System.Diagnostics.Metrics;
using AuthSidecar.Telemetry;

namespace AuthSidecar.Sockets;

/// <summary>How many WebSockets are open, and how many may be.</summary>
internal static class SocketsFeature
{
    public static IServiceCollection AddSocketCaps(this IServiceCollection services) => services
        .AddSingleton<LeaseTable>()
        .AddSingleton(provider => new LeaseMetrics(provider.GetRequiredService<IMeterFactory>().Create(MeterNames.Sidecar), provider.GetRequiredService<LeaseTable>()))
        .AddSingleton<ISocketLeases, MemorySocketLeases>()
        .AddSingleton<LeaseReturn>();
}
