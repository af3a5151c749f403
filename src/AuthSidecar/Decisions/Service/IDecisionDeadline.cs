using AuthSidecar.Decisions.Pipeline;

namespace AuthSidecar.Decisions.Service;

/// <summary>
/// The end of a decision: its deadline, or the caller's departure. Read only when the decision does not complete synchronously, and after a
/// reservation.
/// </summary>
internal interface IDecisionDeadline
{
    /// <summary>True when the caller has cancelled the call.</summary>
    bool HasLeft { get; }

    /// <summary>Waits for a decision that reaches its caller.</summary>
    /// <param name="running">The running steps.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="TimeoutException">The deadline has passed.</exception>
    /// <exception cref="OperationCanceledException">The caller has left: nothing takes the decision.</exception>
    Task<Decision> WaitAsync(Task<Decision> running, TimeProvider time);
}

/// <summary>Deadline of callers in this process: the maximum.</summary>
internal readonly struct LongestDeadline : IDecisionDeadline
{
    public bool HasLeft => false;

    public Task<Decision> WaitAsync(Task<Decision> running, TimeProvider time) => running.WaitAsync(DecisionService.Longest, time);
}
