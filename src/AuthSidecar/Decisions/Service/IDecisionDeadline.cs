namespace AuthSidecar.Decisions.Service;

/// <summary>How long a caller waits for a decision. Read only when a decision is not made at once.</summary>
internal interface IDecisionDeadline
{
    /// <summary>From now; zero when it is over.</summary>
    TimeSpan Remaining { get; }

    /// <summary>Cancelled when the caller has given up.</summary>
    CancellationToken Token { get; }
}

/// <summary>A caller in this process, which waits for as long as decisions may take.</summary>
internal readonly struct LongestDeadline : IDecisionDeadline
{
    public TimeSpan Remaining => DecisionService.Longest;

    public CancellationToken Token => CancellationToken.None;
}
