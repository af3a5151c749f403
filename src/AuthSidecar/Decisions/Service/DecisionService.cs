using System.Diagnostics;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Usage.Reporting;

namespace AuthSidecar.Decisions.Service;

/// <summary>
/// Decides a request: runs the steps until the deadline, turns every failure into a denial, and logs, counts and reports the decision
/// before the answer is sent.
/// </summary>
internal sealed partial class DecisionService(
    CheckPipeline pipeline,
    DecisionLog decisions,
    TimeProvider time,
    ILogger<DecisionService> logger,
    DecisionMetrics? metrics = null,
    IEnumerable<IResourceReleaser>? releasers = null,
    DecisionUsageReporter? usage = null
)
{
    /// <summary>Maximum of every deadline.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly IResourceReleaser[] _releasers = [.. releasers ?? []];
    private Func<CheckContext, Decision, Decision>? _amend;

    /// <summary>The same service for a transport that amends decisions.</summary>
    /// <param name="amend">Returns the decision or a denial that replaces it. An exception denies the request.</param>
    public DecisionService With(Func<CheckContext, Decision, Decision> amend) =>
        new(pipeline, decisions, time, logger, metrics, _releasers, usage) { _amend = amend };

    /// <summary>Allocates only the decision when no step waits. Throws only when even a denial cannot be written.</summary>
    /// <param name="request">The request to decide.</param>
    /// <param name="deadline">The request is denied when it passes.</param>
    /// <param name="write">Creates the transport's answer. If it throws, it is called again with a denial.</param>
    /// <param name="span">Ended with the decision; null: no tracing.</param>
    /// <param name="decisionId">The id that all repeats of the request have; null: a new one.</param>
    public Task<TAnswer> DecideAsync<TDeadline, TAnswer>(
        InboundRequest request,
        TDeadline deadline,
        Func<CheckContext, Decision, TAnswer> write,
        Activity? span = null,
        string? decisionId = null
    )
        where TDeadline : IDecisionDeadline
    {
        var started = time.GetTimestamp();
        var check = new CheckContext(request, decisionId ?? DecisionIds.Next(time)) { IsRepeatable = decisionId is not null };
        var pending = request.Fault is null
            ? pipeline.RunAsync(check, CancellationToken.None)
            : ValueTask.FromException<Decision>(request.Fault);

        // Reading it arms a timer, so it is read only after a reservation or a lease: Envoy may already have cancelled the call.
        return
            pending.IsCompletedSuccessfully
            && (check is { ReservedMicros: null, ReservesTokens: false, RequestLease: null } || !deadline.HasLeft)
            ? Task.FromResult(Conclude(check, pending.Result, started, write, span))
            : AwaitAsync(check, pending.AsTask(), started, deadline, write, span);
    }

    private async Task<TAnswer> AwaitAsync<TDeadline, TAnswer>(
        CheckContext check,
        Task<Decision> running,
        long started,
        TDeadline deadline,
        Func<CheckContext, Decision, TAnswer> write,
        Activity? span
    )
        where TDeadline : IDecisionDeadline
    {
        Decision decision;
        try
        {
            decision = await deadline.WaitAsync(running, time);
        }
        catch (Exception fault)
        {
            LogFault(fault, check.DecisionId);

            // The abandoned steps may still be running and may still acquire resources.
            _ = ReleaseAfterAsync(check, running);
            check = check.Frozen();
            check.IsAbandoned = fault is OperationCanceledException && deadline.HasLeft;
            decision = new Decision.Deny(fault is TimeoutException ? check.TimeoutDenial : Denials.InternalError);
        }

        return Conclude(check, decision, started, write, span);
    }

    private TAnswer Conclude<TAnswer>(
        CheckContext check,
        Decision found,
        long started,
        Func<CheckContext, Decision, TAnswer> write,
        Activity? span
    )
    {
        try
        {
            var decision = _amend is null ? found : _amend(check, found);
            check.IsCounted = usage?.IsCounted(check, decision) == true;
            var answer = write(check, decision);
            var duration = time.GetElapsedTime(started);
            decisions.Write(check, decision, duration);
            metrics?.Count(check, decision, duration);
            Trace(span, check, decision);
            if (decision is not Decision.Allow)
            {
                Release(check);
            }

            usage?.Report(check, decision, duration);
            return answer;
        }
        catch (Exception fault)
        {
            LogFault(fault, check.DecisionId);
            Release(check);
            return Deny(check, started, write, span);
        }
    }

    private async Task ReleaseAfterAsync(CheckContext check, Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Release(check);
    }

    private void Release(CheckContext check)
    {
        foreach (var releaser in _releasers)
        {
            releaser.Release(check);
        }
    }

    private TAnswer Deny<TAnswer>(CheckContext check, long started, Func<CheckContext, Decision, TAnswer> write, Activity? span)
    {
        var denial = new Decision.Deny(Denials.InternalError);
        var answer = write(check, denial);
        var duration = time.GetElapsedTime(started);
        usage?.Report(check, denial, duration);
        try
        {
            metrics?.Count(check, denial, duration);
            Trace(span, check, denial);
            decisions.Write(check, denial, duration);
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

    [LoggerMessage(Level = LogLevel.Error, Message = "Decision {DecisionId} failed; request denied.")]
    private partial void LogFault(Exception fault, string decisionId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Denial {DecisionId} not written to the decision log; its answer was sent.")]
    private partial void LogUnlogged(Exception fault, string decisionId);
}
