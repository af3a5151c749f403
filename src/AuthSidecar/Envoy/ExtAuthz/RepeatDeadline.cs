using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// The deadline of a Check that can be repeated. When its call is cancelled or ends, the decision goes on for a repeat.
/// </summary>
internal readonly struct RepeatDeadline(EnvoyDeadline call, RepeatTable repeats, RepeatKey key) : IDecisionDeadline
{
    public bool HasLeft => call.HasLeft;

    public async Task<Decision> WaitAsync(Task<Decision> running, TimeProvider time)
    {
        try
        {
            return await call.WaitAsync(running, time);
        }
        catch (Exception fault)
            when (fault is TimeoutException or OperationCanceledException
                && running is not { IsCompleted: true, IsCompletedSuccessfully: false }
            )
        {
            if (repeats.RunOf(key) is not { } run)
            {
                throw;
            }

            if (fault is TimeoutException)
            {
                if (run.TimeOut())
                {
                    throw;
                }
            }
            else
            {
                run.Leave(call.Remaining);
            }

            return await run.WaitAsync(running);
        }
    }
}
