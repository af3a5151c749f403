using AuthSidecar.Platform.Telemetry;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Usage.Recording;

/// <summary>The Recorder: services that record their requests themselves.</summary>
internal static class RecordingFeature
{
    /// <param name="services">Needs usage, settings and a clock; a <see cref="RowCost"/> where there are prices.</param>
    public static IServiceCollection AddRecording(this IServiceCollection services) =>
        services
            .AddGrpc()
            .AddServiceOptions<RecorderService>(options => options.Interceptors.Add<FaultLog>())
            .Services.AddSingleton<RecordBatcher>()
            .AddSingleton(provider => new RecordStore(
                provider.GetRequiredService<RecordBatcher>(),
                provider.GetService<RowCost>() ?? (_ => null)
            ))
            .AddSingleton<RecorderMetrics>()
            .AddSingleton<RecorderResponses>()
            .AddSingleton<RecorderService>();

    public static void MapRecording(this IEndpointRouteBuilder endpoints) => endpoints.MapGrpcService<RecorderService>();
}
