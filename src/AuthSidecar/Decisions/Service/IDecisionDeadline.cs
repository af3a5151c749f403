namespace AuthSidecar.Decisions.Service;

/// <summary>Deadline of a decision. Read only when the decision does not complete synchronously.</summary>
internal interface IDecisionDeadline
{
    /// <summary>Time left; zero after the deadline.</summary>
    TimeSpan Remaining { get; }

    /// <summary>Cancelled when the caller has cancelled the call.</summary>
    CancellationToken Token { get; }
}

/// <summary>Deadline of callers in this process: the maximum.</summary>
internal readonly struct LongestDeadline : IDecisionDeadline
{
    public TimeSpan Remaining => DecisionService.Longest;

    public CancellationToken Token => CancellationToken.None;
}
