using Grpc.Core;
using Grpc.Health.V1;
using Grpc.HealthCheck;

namespace AuthSidecar.Platform.Hosting;

/// <summary>
/// The package's gRPC health service with bounds: the number of watches (<see cref="HealthWatches"/>), and 256 characters of a service
/// name, because each watch keeps its own.
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
            throw new RpcException(new(StatusCode.InvalidArgument, "The service name is longer than 256 characters."));
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
