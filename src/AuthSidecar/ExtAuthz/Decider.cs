using System.Diagnostics;
using AuthSidecar.Pipeline;

namespace AuthSidecar.ExtAuthz;

/// <summary>Makes decisions: runs the steps within their time, turns whatever goes wrong into a refusal, and logs and counts what came out before it is told, and lets usage know.</summary>
internal sealed partial class Decider(CheckPipeline pipeline, DecisionLog decisions, TimeProvider time, ILogger<Decider> logger, DecisionMetrics? metrics = null, IEnumerable<IChargeReturn>? returns = null, DecisionUsageReporter? usage = null)
{
    /// <summary>Longer than this no decision is waited for.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly IChargeReturn[] _returns = [.. returns ?? []];

    /// <param name="request">What is asked about.</param>
    /// <param name="span">Ended with what came out; null when nobody traces it.</param>
    public Inquiry Begin(InboundRequest request, Activity? span = null)
    {
        var started = time.GetTimestamp();
        var check = new CheckContext(request, DecisionIds.Next(time));
        return new(check, pipeline.RunAsync(check, CancellationToken.None), started, span);
    }

    /// <summary>For an inquiry that has completed; never throws for what goes wrong in it.</summary>
    public TAnswer Conclude<TAnswer>(in Inquiry inquiry, IDecisionEdge<TAnswer> edge) => Conclude(inquiry.Check, inquiry.Pending.Result, inquiry.Started, inquiry.Span, edge);

    /// <param name="inquiry">One that has not completed, or not well.</param>
    /// <param name="remaining">How long to wait; then it is refused.</param>
    /// <param name="edge">Who tells the answer.</param>
    /// <param name="cancellationToken">Gives up and refuses.</param>
    public async Task<TAnswer> AwaitAsync<TAnswer>(Inquiry inquiry, TimeSpan remaining, IDecisionEdge<TAnswer> edge, CancellationToken cancellationToken)
    {
        var check = inquiry.Check;
        var running = inquiry.Pending.AsTask();
        Decision decision;
        try
        {
            decision = await running.WaitAsync(remaining, time, cancellationToken);

            // Nobody hears an Allow that comes too late, and what it took would be held for nothing.
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch (Exception fault)
        {
            LogFault(fault, check.DecisionId);

            // The steps may still be at work, and an Allow of theirs that nobody waits for may have taken something.
            _ = ReturnAfterAsync(check, running);
            check = check.Frozen();
            decision = new Decision.Deny(fault is TimeoutException ? check.Overdue : Denials.InternalError);
        }

        return Conclude(check, decision, inquiry.Started, inquiry.Span, edge);
    }

    private TAnswer Conclude<TAnswer>(CheckContext check, Decision found, long started, Activity? span, IDecisionEdge<TAnswer> edge)
    {
        try
        {
            var decision = edge.Redirect(check, found);
            check.IsCounted = usage?.IsCounted(check, decision) == true;
            var answer = edge.Write(check, decision);
            var duration = time.GetElapsedTime(started);
            decisions.Write(check, decision, duration);
            metrics?.Count(check, decision, duration);
            Trace(span, check, decision);
            if (decision is not Decision.Allow)
            {
                Return(check);
            }

            usage?.Report(check, decision, duration);
            return answer;
        }
        catch (Exception fault)
        {
            LogFault(fault, check.DecisionId);
            Return(check);
            return Refuse(check, started, span, edge);
        }
    }

    private async Task ReturnAfterAsync(CheckContext check, Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Return(check);
    }

    private void Return(CheckContext check)
    {
        foreach (var one in _returns)
        {
            one.Return(check);
        }
    }

    private TAnswer Refuse<TAnswer>(CheckContext check, long started, Activity? span, IDecisionEdge<TAnswer> edge)
    {
        var refusal = new Decision.Deny(Denials.InternalError);
        var answer = edge.Write(check, refusal);
        var duration = time.GetElapsedTime(started);
        usage?.Report(check, refusal, duration);
        try
        {
            metrics?.Count(check, refusal, duration);
            Trace(span, check, refusal);
            decisions.Write(check, refusal, duration);
        }
        catch (Exception fault)
        {
            LogUnlogged(fault, check.DecisionId);
        }

        return answer;
    }

    private static void Trace(Activity? span, CheckContext check, Decision decision)
    {
        if (span is not null)
        {
            CheckSpans.End(span, check, decision);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Decision {DecisionId} failed and was refused.")]
    private partial void LogFault(Exception fault, string decisionId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Refusal {DecisionId} could not be written to the decision log.")]
    private partial void LogUnlogged(Exception fault, string decisionId);
}
