using AuthSidecar.Storage;
using AuthSidecar.Usage;

namespace AuthSidecar.Relay;

/// <summary>Reports the end of relayed sockets to usage. Envoy reports only their handshakes, which are requests of their own.</summary>
internal sealed class RelayUsage(UsageQueue queue, TimeProvider time)
{
    /// <param name="decisionId">The decision that allowed it.</param>
    /// <param name="age">Time since the decision.</param>
    /// <param name="reason">Why it ended.</param>
    public void Tell(string decisionId, TimeSpan age, CloseReason reason)
    {
        // A client that leaves is no failure of the upstream.
        var hasFailed = reason == CloseReason.UpstreamGone || reason == CloseReason.UpstreamRefused || reason == CloseReason.UpstreamUnavailable || reason == CloseReason.Fault;
        queue.Offer(new()
        {
            DecisionId = decisionId,
            Time = time.GetUtcNow() - age,
            Decision = "allow",
            Status = StatusCodes.Status101SwitchingProtocols,
            DurationMs = (long)age.TotalMilliseconds,
            ErrorType = hasFailed ? reason.Reason : null,
            Facts = UsageFacts.Ended | (hasFailed ? UsageFacts.UpstreamFailed : UsageFacts.None),
        });
    }
}
