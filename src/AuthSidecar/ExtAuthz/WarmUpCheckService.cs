using AuthSidecar.Pipeline;
using AuthSidecar.WebSockets;
using Grpc.Core;

namespace AuthSidecar.ExtAuthz;

/// <summary>Check as the process asks itself before it is ready: the same, but nobody's decisions, so nothing stands in the log, and no usage.</summary>
internal sealed class WarmUpCheckService(CheckPipeline pipeline, CloserRoute closer, CheckResponseWriter writer, TimeProvider time, ILogger<Decider> logger) : AuthorizationServiceBase
{
    private readonly CheckService _check = new(new(pipeline.Unmeasured(), new(time, Stream.Null), time, logger), closer, writer, time);

    public override Task<CheckAnswer> Check(InboundRequest request, ServerCallContext context) => _check.Check(request, context);
}
