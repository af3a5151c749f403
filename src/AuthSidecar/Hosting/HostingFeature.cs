using Grpc.HealthCheck;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AuthSidecar.Hosting;

/// <summary>Start, stop and health of the process.</summary>
internal static class HostingFeature
{
    public static IServiceCollection AddLifecycle(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddRouting();
        services.AddSingleton<HealthServiceImpl>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<RehearsalTransport>();
        services.AddSingleton<IConnectionListenerFactory>(provider => provider.GetRequiredService<RehearsalTransport>());
        services.AddSingleton<WarmUp>();
        services.AddHostedService<Lifecycle>();
        return services;
    }

    public static bool CameThrough(this HttpContext context, Listener listener) => context.Features.Get<ListenerFeature>()?.Listener == listener;

    /// <summary><c>GET /livez</c>: the process runs. <c>GET /readyz</c>: traffic may come, 200, or not, 503.</summary>
    public static void MapProbes(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/livez", () => Results.Text("ok\n"));
        endpoints.MapGet("/readyz", (Readiness readiness) =>
            readiness.IsReady ? Results.Text("ready\n") : Results.Text("not ready\n", statusCode: StatusCodes.Status503ServiceUnavailable));
    }
}
