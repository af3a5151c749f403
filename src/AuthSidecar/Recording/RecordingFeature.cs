using AuthSidecar.Telemetry;
using AuthSidecar.Usage;

namespace AuthSidecar.Recording;

/// <summary>Services that tell of their requests themselves.</summary>
internal static class RecordingFeature
{
    /// <param name="services">Needs usage, settings and a clock; a <see cref="RowCost"/> where there are prices.</param>
    public static IServiceCollection AddRecording(this IServiceCollection services) => services
        .AddGrpc().AddServiceOptions<RecorderService>(options => options.Interceptors.Add<FaultLog>()).Services
        .AddSingleton<RecordLine>()
        .AddSingleton(provider => new RecordStore(provider.GetRequiredService<RecordLine>(), provider.GetService<RowCost>() ?? (_ => null)))
        .AddSingleton<RecorderMetrics>()
        .AddSingleton<RecordAnswers>()
        .AddSingleton<RecorderService>();

    public static void MapRecording(this IEndpointRouteBuilder endpoints) => endpoints.MapGrpcService<RecorderService>();
}
