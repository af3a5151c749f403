using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.WebSockets.Closer;
using Grpc.Core;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>Check for the warm-up: the same code without decision log, metrics and usage.</summary>
internal sealed class WarmUpCheckService(
    CheckPipeline pipeline,
    CloserRoute closer,
    CheckResponseWriter writer,
    TimeProvider time,
    ILogger<DecisionService> logger
) : AuthorizationServiceBase
{
    private readonly CheckService _check = new(new(pipeline.Unmeasured(), new(time, Stream.Null), time, logger), closer, writer, time);

    public override Task<CheckAnswer> Check(InboundRequest request, ServerCallContext context) => _check.Check(request, context);
}
