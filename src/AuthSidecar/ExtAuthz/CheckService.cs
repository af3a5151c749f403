using AuthSidecar.Pipeline;
using AuthSidecar.WebSockets;
using Grpc.Core;

namespace AuthSidecar.ExtAuthz;

/// <summary>Answers Envoy: read, decide, write. Whatever goes wrong is a refusal and never a gRPC error, which Envoy could be told to let pass.</summary>
internal sealed class CheckService(Decider decider, CloserRoute closer, CheckResponseWriter writer, TimeProvider time) : AuthorizationServiceBase, IDecisionEdge<CheckAnswer>
{
    private static readonly TimeSpan _margin = TimeSpan.FromMilliseconds(30);

    public override Task<CheckAnswer> Check(InboundRequest request, ServerCallContext context)
    {
        var inquiry = decider.Begin(request, CheckSpans.Begin(context));

        // Reading the token makes a source for it, so do it only when a budget was reserved: Envoy may already have cancelled.
        return inquiry.Pending.IsCompletedSuccessfully && (inquiry.Check.ReservedMicros is null || !context.CancellationToken.IsCancellationRequested)
            ? Task.FromResult(decider.Conclude(inquiry, this))
            : decider.AwaitAsync(inquiry, Remaining(context.Deadline), this, context.CancellationToken);
    }

    public Decision Redirect(CheckContext context, Decision decision) => closer.Redirect(context, decision);

    public CheckAnswer Write(CheckContext context, Decision decision) => writer.Write(context, decision);

    // A client that sees its deadline pass learns nothing; one that is told 503 a moment earlier can retry.
    private TimeSpan Remaining(DateTime deadline)
    {
        if (deadline == DateTime.MaxValue)
        {
            return Decider.Longest;
        }

        var left = deadline.ToUniversalTime() - time.GetUtcNow().UtcDateTime;
        var margin = left / 4 < _margin ? left / 4 : _margin;
        return left - margin > TimeSpan.Zero ? TimeSpan.FromTicks(Math.Min((left - margin).Ticks, Decider.Longest.Ticks)) : TimeSpan.Zero;
    }
}
