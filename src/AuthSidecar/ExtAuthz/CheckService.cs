using AuthSidecar.Pipeline;
using AuthSidecar.SocketLeases;
using AuthSidecar.WebSockets;
using Grpc.Core;

namespace AuthSidecar.ExtAuthz;

/// <summary>Answers Envoy: read, run, write. Whatever goes wrong is a refusal and never a gRPC error, which Envoy could be told to let pass.</summary>
internal sealed partial class CheckService(CheckPipeline pipeline, CloserRoute closer, DecisionLog decisions, TimeProvider time, ILogger<CheckService> logger, DecisionMetrics? metrics = null, LeaseReturn? leases = null) : AuthorizationServiceBase
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _margin = TimeSpan.FromMilliseconds(30);

    public override Task<CheckAnswer> Check(InboundRequest request, ServerCallContext context)
    {
        var started = time.GetTimestamp();
        var check = new CheckContext(request, DecisionIds.Next(time));

        // What completes at once needs neither the call's token nor its deadline, and asking for them costs a timer.
        var pending = pipeline.RunAsync(check, CancellationToken.None);
        return pending.IsCompletedSuccessfully
            ? Task.FromResult(Conclude(check, pending.Result, started))
            : AwaitAsync(check, pending, Remaining(context.Deadline), started, context.CancellationToken);
    }

    // A client that sees its deadline pass learns nothing; one that is told 503 a moment earlier can retry.
    private TimeSpan Remaining(DateTime deadline)
    {
        if (deadline == DateTime.MaxValue)
        {
            return _longest;
        }

        var left = deadline.ToUniversalTime() - time.GetUtcNow().UtcDateTime;
        var margin = left / 4 < _margin ? left / 4 : _margin;
        return left - margin > TimeSpan.Zero ? TimeSpan.FromTicks(Math.Min((left - margin).Ticks, _longest.Ticks)) : TimeSpan.Zero;
    }

    private async Task<CheckAnswer> AwaitAsync(CheckContext check, ValueTask<Decision> pending, TimeSpan remaining, long started, CancellationToken cancellationToken)
    {
        Decision decision;
        var running = pending.AsTask();
        try
        {
            decision = await running.WaitAsync(remaining, time, cancellationToken);
        }
        catch (Exception fault)
        {
            LogFault(fault, check.DecisionId);
            leases?.ReturnAfter(check, running);
            decision = new Decision.Deny(fault is TimeoutException ? check.Overdue : Denials.InternalError);
        }

        return Conclude(check, decision, started);
    }

    private CheckAnswer Conclude(CheckContext check, Decision decision, long started)
    {
        try
        {
            decision = closer.Redirect(check, decision);
            var answer = CheckResponseWriter.Write(check, decision);
            var duration = time.GetElapsedTime(started);
            decisions.Write(check, decision, duration);
            metrics?.Count(check, decision, duration);
            return answer;
        }
        catch (Exception fault)
        {
            LogFault(fault, check.DecisionId);
            leases?.Return(check);
            return Refuse(check, started);
        }
    }

    private CheckAnswer Refuse(CheckContext check, long started)
    {
        var refusal = new Decision.Deny(Denials.InternalError);
        var answer = CheckResponseWriter.Write(check, refusal);
        try
        {
            var duration = time.GetElapsedTime(started);
            metrics?.Count(check, refusal, duration);
            decisions.Write(check, refusal, duration);
        }
        catch (Exception fault)
        {
            LogUnlogged(fault, check.DecisionId);
        }

        return answer;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Decision {DecisionId} failed and was refused.")]
    private partial void LogFault(Exception fault, string decisionId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Refusal {DecisionId} could not be written to the decision log.")]
    private partial void LogUnlogged(Exception fault, string decisionId);
}
