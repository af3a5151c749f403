using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Redis;
using Grpc.Health.V1;
using Grpc.HealthCheck;

namespace AuthSidecar.Platform.Hosting;

/// <summary>Readiness for traffic: from the end of the warm-up until a stop is requested.</summary>
internal sealed class Readiness(HealthServiceImpl health, InvalidationPoller changes, TimeProvider time, RedisHealth? redis = null)
{
    private static readonly TimeSpan _storeSilence = TimeSpan.FromSeconds(5);

    /// <summary>Service names of the health check; the empty name is the process.</summary>
    public static readonly IReadOnlyList<string> Services =
    [
        "",
        global::Envoy.Service.Auth.V3.Authorization.Descriptor.FullName,
        global::Envoy.Service.ExtProc.V3.ExternalProcessor.Descriptor.FullName,
        global::Envoy.Service.AccessLog.V3.AccessLogService.Descriptor.FullName,
        V1.Authorizer.Descriptor.FullName,
        V1.Recorder.Descriptor.FullName,
    ];

    private volatile bool _isServing;

    /// <summary>True from the end of the warm-up until a stop is requested.</summary>
    public bool IsServing => _isServing;

    /// <summary>True while serving and the store answers.</summary>
    public bool IsReady => _isServing && changes.LastSuccess is { } last && time.GetUtcNow() - last < _storeSilence;

    /// <summary>Degraded dependencies that do not affect readiness, one per line.</summary>
    public string Details => redis?.Detail is { } detail ? $"redis: {detail}\n" : "";

    public void Set(bool isServing)
    {
        _isServing = isServing;
        foreach (var service in Services)
        {
            health.SetStatus(
                service,
                isServing ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.NotServing
            );
        }
    }
}
