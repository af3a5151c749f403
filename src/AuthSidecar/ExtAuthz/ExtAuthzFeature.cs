using AuthSidecar.Pipeline;
using Grpc.HealthCheck;
using Microsoft.Win32.SafeHandles;

namespace AuthSidecar.ExtAuthz;

/// <summary>What Envoy reaches.</summary>
internal static class ExtAuthzFeature
{
    // Envoy sends at most 60 KiB of headers and no body.
    private const int MaxQuestionBytes = 1024 * 1024;
    private const int StandardOutput = 1;

    public static IServiceCollection AddExtAuthz(this IServiceCollection services)
    {
        services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = MaxQuestionBytes);
        services.AddSingleton(provider => new CheckPipeline(CheckSteps.Create(provider)));
        services.AddSingleton(provider => new DecisionLog(
            provider.GetRequiredService<TimeProvider>(),
            new FileStream(new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0)));
        services.AddSingleton<CheckService>();
        return services;
    }

    public static void MapExtAuthz(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<CheckService>();
        endpoints.MapGrpcService<HealthServiceImpl>();
    }
}
