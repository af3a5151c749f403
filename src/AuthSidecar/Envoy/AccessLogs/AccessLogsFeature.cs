using System.Diagnostics.Metrics;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Envoy.AccessLogs;

/// <summary>Registers Envoy's access log service, which reports the ends of requests.</summary>
internal static class AccessLogsFeature
{
    public static IServiceCollection AddAccessLogs(this IServiceCollection services) =>
        services
            .AddGrpc()
            .AddServiceOptions<AccessLogService>(options => options.Interceptors.Add<FaultLog>())
            .Services.AddSingleton(provider => new AccessLogMetrics(
                provider.GetRequiredService<IMeterFactory>().Create(MeterNames.Sidecar)
            ))
            .AddSingleton<LeaseAccessLogHandler>()
            .AddSingleton<AccessLogUsageReporter>()
            .AddSingleton<AccessLogStreams>()
            .AddSingleton<AccessLogService>();

    public static void MapAccessLogs(this IEndpointRouteBuilder endpoints) => endpoints.MapGrpcService<AccessLogService>();
}
