using System.Diagnostics.Metrics;
using AuthSidecar.Decisions.Metadata;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Steps;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Telemetry;
using AuthSidecar.Usage.Reporting;
using Grpc.AspNetCore.Server;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>Registers ext_authz and the services that decide.</summary>
internal static class ExtAuthzFeature
{
    // Of the companion's services and of health checks.
    private const int MaxMessageBytes = 9 * 1024 * 1024;

    private const string CheckPath = "/envoy.service.auth.v3.Authorization/Check";

    public static IServiceCollection AddExtAuthz(this IServiceCollection services)
    {
        services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = MaxMessageBytes);
        services
            .AddOptions<GrpcServiceOptions<CheckService>>()
            .Configure<ListenOptions>((grpc, listen) => grpc.MaxReceiveMessageSize = listen.MaxCheckBytes);
        services.AddSingleton(provider => new StepMetrics(
            provider.GetRequiredService<IMeterFactory>().Create(MeterNames.Sidecar),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton(provider => new CheckPipeline(CheckSteps.Create(provider), provider.GetRequiredService<StepMetrics>()));
        services.AddSingleton(provider =>
        {
            LogMetrics.Show(provider.GetRequiredService<IMeterFactory>(), StandardStreams.Output);
            var isText = provider.GetService<TelemetryOptions>()?.LogFormat == LogFormat.Text;
            return new DecisionLog(provider.GetRequiredService<TimeProvider>(), StandardStreams.Output, isText);
        });
        services.AddSingleton<DecisionMetrics>();
        services.AddSingleton<DecisionMacs>();
        services.AddSingleton<DecisionGuard>();
        services.AddSingleton<CheckResponseWriter>();
        services.AddSingleton<DecisionUsageReporter>();
        services.AddSingleton<DecisionService>();
        services.AddSingleton<RepeatTable>();
        services.AddSingleton<RepeatIds>();
        services.AddSingleton<CheckRepeater>();
        services.AddSingleton<CheckService>();
        services.AddSingleton<LongMessages>();
        services.AddSingleton<CheckCallGuard>();
        services.AddSingleton<WarmUpCheckService>();
        return services;
    }

    public static void MapExtAuthz(this IEndpointRouteBuilder endpoints)
    {
        var guard = endpoints.ServiceProvider.GetRequiredService<CheckCallGuard>();
        endpoints
            .MapGrpcService<CheckService>()
            .Add(endpoint =>
            {
                if (endpoint is RouteEndpointBuilder { RequestDelegate: { } check, RoutePattern.RawText: CheckPath })
                {
                    endpoint.RequestDelegate = guard.Around(check);
                }
            });
    }

    public static void MapWarmUp(this IEndpointRouteBuilder endpoints) => endpoints.MapGrpcService<WarmUpCheckService>();
}
