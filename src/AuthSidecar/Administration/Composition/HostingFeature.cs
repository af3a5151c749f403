using AuthSidecar.Administration.Keys;
using AuthSidecar.Platform.Hosting;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AuthSidecar.Administration.Composition;

/// <summary>Start, stop and health of the process.</summary>
internal static class HostingFeature
{
    /// <param name="services">Needs logging and meters.</param>
    /// <param name="tls">Files of the certificates.</param>
    public static IServiceCollection AddHosting(this IServiceCollection services, TlsOptions tls)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddRouting();
        services.AddSingleton<HealthServiceImpl>();
        services.AddSingleton<HealthWatches>();
        services.AddSingleton<HealthService>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<StoreWarmUp>();
        services.AddSingleton<WarmUp>();
        services.AddSingleton<CheckRefusals>();
        services.AddSingleton(tls);
        services.AddSingleton<TlsCertificates>();
        services.AddSingleton<PepperCensus>();
        services.AddSingleton<Lifecycle>();
        return services;
    }

    /// <summary>Adds the warm-up transport after Kestrel's own, which Kestrel registers only if there is no other.</summary>
    public static IServiceCollection AddWarmUp(this IServiceCollection services) =>
        services
            .AddSingleton<WarmUpTransport>()
            .AddSingleton<IConnectionListenerFactory>(provider => provider.GetRequiredService<WarmUpTransport>());

    public static bool CameThrough(this HttpContext context, Listener listener) =>
        context.Features.Get<ListenerFeature>()?.Listener == listener;

    public static void MapHealth(this IEndpointRouteBuilder endpoints) => endpoints.MapGrpcService<HealthService>();

    /// <summary>
    /// <c>GET</c> and <c>HEAD /livez</c>: the process runs. <c>/readyz</c>: 200 when ready for traffic, else 503; degraded dependencies are
    /// listed.
    /// </summary>
    public static void MapProbes(this IEndpointRouteBuilder endpoints)
    {
        string[] head = [HttpMethods.Head];
        endpoints.MapGet("/livez", Live);
        endpoints.MapMethods("/livez", head, Live);
        endpoints.MapGet("/readyz", Ready);
        endpoints.MapMethods("/readyz", head, Ready);

        static IResult Live() => Results.Text("ok\n");

        static IResult Ready(Readiness readiness) =>
            readiness.IsReady
                ? Results.Text($"ready\n{readiness.Details}")
                : Results.Text($"not ready\n{readiness.Details}", statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
