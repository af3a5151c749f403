using AuthSidecar.Platform.Telemetry;
using Grpc.Health.V1;
using Grpc.Reflection;

namespace AuthSidecar.Access.Companion;

/// <summary>The gRPC services of the companion listener, for services that are not behind Envoy.</summary>
internal static class CompanionFeature
{
    // AddGrpcReflection would list the services of every listener of the process.
    private static readonly Google.Protobuf.Reflection.ServiceDescriptor[] _described =
    [
        V1.Authorizer.Descriptor,
        V1.Recorder.Descriptor,
        Health.Descriptor,
    ];

    public static IServiceCollection AddCompanion(this IServiceCollection services)
    {
        services.AddSingleton(new ReflectionServiceImpl(_described));
        services.AddSingleton(new ReflectionV1ServiceImpl(_described));
        services.AddGrpc().AddServiceOptions<AuthorizerService>(options => options.Interceptors.Add<FaultLog>());
        services.AddSingleton<AuthorizerUsageReporter>();
        services.AddSingleton<AuthorizerService>();
        return services;
    }

    public static IApplicationBuilder UseCompanion(this IApplicationBuilder branch) => branch.UseMiddleware<ServiceCredentialMiddleware>();

    public static void MapCompanion(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<AuthorizerService>();
        endpoints.MapGrpcService<ReflectionServiceImpl>();
        endpoints.MapGrpcService<ReflectionV1ServiceImpl>();
    }
}
