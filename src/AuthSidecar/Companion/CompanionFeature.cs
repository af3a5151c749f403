using Grpc.HealthCheck;

namespace AuthSidecar.Companion;

/// <summary>What services reach that are not behind Envoy.</summary>
internal static class CompanionFeature
{
    public static IServiceCollection AddCompanion(this IServiceCollection services)
    {
        services.AddGrpcReflection();
        services.AddSingleton<AuthorizerEvents>();
        services.AddSingleton<AuthorizerService>();
        return services;
    }

    public static IApplicationBuilder UseServiceCredential(this IApplicationBuilder door) => door.UseMiddleware<ServiceCredentialMiddleware>();

    public static void MapCompanion(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<AuthorizerService>();
        endpoints.MapGrpcService<HealthServiceImpl>();
        endpoints.MapGrpcReflectionService();
    }
}
