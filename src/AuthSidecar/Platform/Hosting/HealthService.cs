using Grpc.Core;
using Grpc.Health.V1;
using Grpc.HealthCheck;

namespace AuthSidecar.Platform.Hosting;

/// <summary>
/// The package's gRPC health service with bounds on watches: <see cref="HealthWatches"/>, and names of at most 256 characters, which each
/// watch keeps.
/// </summary>
internal sealed class HealthService(HealthServiceImpl health, HealthWatches watches) : Health.HealthBase
{
    private const int LongestName = 256;

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) =>
        health.Check(request, context);

    public override async Task Watch(
        HealthCheckRequest request,
        IServerStreamWriter<HealthCheckResponse> responseStream,
        ServerCallContext context
    )
    {
        if (request.Service.Length > LongestName)
        {
            throw new RpcException(new(StatusCode.InvalidArgument, "The service's name is too long."));
        }

        var listener = context.GetHttpContext().Features.Get<ListenerFeature>()?.Listener ?? Listener.Check;
        var watch = watches.Enter(listener, context.CancellationToken);
        try
        {
            await health.Watch(request, responseStream, new EndableCall(context, watch.Value.Token));
        }
        finally
        {
            watches.Leave(watch);
        }

        if (!context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new(StatusCode.ResourceExhausted, "Too many watches are open."));
        }
    }
}
