using System.Diagnostics.Metrics;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Telemetry;
using Grpc.Core;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// Decides a Check once, however often Envoy repeats it (<c>grpc_service.retry_policy</c>): the repeats get the answer of the first,
/// without steps, charges, log line and usage of their own.
/// </summary>
internal sealed class CheckRepeater(RepeatTable repeats, RepeatIds ids, TimeProvider time, IMeterFactory? meters = null)
{
    private readonly Counter<long>? _repeated = meters
        ?.Create(MeterNames.Sidecar)
        .CreateCounter<long>(
            "authsidecar_check_repeats_total",
            null,
            "Checks that Envoy repeated, answered with the decision of the first."
        );

    /// <param name="decisions">Decides the first of equal Checks.</param>
    /// <param name="write">Creates the answer of a decision.</param>
    /// <param name="request">The request.</param>
    /// <param name="context">Envoy's call.</param>
    public Task<CheckAnswer> DecideAsync(
        DecisionService decisions,
        Func<CheckContext, Decision, CheckAnswer> write,
        InboundRequest request,
        ServerCallContext context
    )
    {
        var call = new EnvoyDeadline(context, time);
        if (ids.Of(request.RepeatKey) is not { } decisionId)
        {
            return decisions.DecideAsync(request, call, write, CheckSpans.Begin(context));
        }

        var key = request.RepeatKey;
        if (repeats.Begin(key) is { } repeat)
        {
            _repeated?.Add(1);
            return repeat.Run is null
                ? Task.FromResult(repeat.Answer(decisionId))
                : RepeatAsync(repeat.Run, call, request, decisionId, write);
        }

        Task<CheckAnswer> pending;
        try
        {
            pending = decisions.DecideAsync(request, new RepeatDeadline(call, repeats, key), write, CheckSpans.Begin(context), decisionId);
        }
        catch (Exception fault)
        {
            repeats.Fail(key, fault);
            throw;
        }

        if (pending.IsCompletedSuccessfully)
        {
            repeats.Finish(key, pending.Result);
            return pending;
        }

        _ = FinishAsync(key, pending);
        return FirstAsync(pending, request, decisionId, write, call.Token);
    }

    private async Task FinishAsync(RepeatKey key, Task<CheckAnswer> pending)
    {
        try
        {
            repeats.Finish(key, await pending);
        }
        catch (Exception fault)
        {
            repeats.Fail(key, fault);
        }
    }

    // A cancelled call ends at once, while its decision may go on for a repeat.
    private static async Task<CheckAnswer> FirstAsync(
        Task<CheckAnswer> pending,
        InboundRequest request,
        string decisionId,
        Func<CheckContext, Decision, CheckAnswer> write,
        CancellationToken left
    )
    {
        try
        {
            return await pending.WaitAsync(left);
        }
        catch (OperationCanceledException) when (left.IsCancellationRequested)
        {
            return Refuse(request, decisionId, write);
        }
    }

    private async Task<CheckAnswer> RepeatAsync(
        RepeatRun run,
        EnvoyDeadline call,
        InboundRequest request,
        string decisionId,
        Func<CheckContext, Decision, CheckAnswer> write
    )
    {
        run.Join(call.Remaining);
        try
        {
            return await run.Answer.WaitAsync(call.Remaining, time, call.Token);
        }
        catch (TimeoutException)
        {
            // Without another attempt the deadline of this one ends the decision, with the denial of the unfinished step.
            return run.TimeOut() || run.Answer.IsCompletedSuccessfully ? await run.Answer : Refuse(request, decisionId, write);
        }
        catch (OperationCanceledException)
        {
            run.Leave(call.Remaining);
            return Refuse(request, decisionId, write);
        }
    }

    // The decision has its own answer and log line; this answer ends a call for which Envoy no longer waits.
    private static CheckAnswer Refuse(InboundRequest request, string decisionId, Func<CheckContext, Decision, CheckAnswer> write) =>
        write(new(request, decisionId), new Decision.Deny(Denials.InternalError));
}
