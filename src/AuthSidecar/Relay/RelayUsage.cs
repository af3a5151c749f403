using AuthSidecar.Storage;
using AuthSidecar.Usage;

namespace AuthSidecar.Relay;

/// <summary>Tells usage how relayed sockets ended. Envoy knows only of their handshakes, which are requests of their own.</summary>
internal sealed class RelayUsage(UsageQueue queue, TimeProvider time)
{
    /// <param name="decisionId">What let it through.</param>
    /// <param name="age">How long ago that was.</param>
    /// <param name="ending">Why it ended.</param>
    public void Tell(string decisionId, TimeSpan age, CloseReason ending)
    {
        // Whoever leaves a socket ends it, as long as it was open.
        var hasFailed = ending == CloseReason.UpstreamGone || ending == CloseReason.UpstreamRefused || ending == CloseReason.UpstreamUnavailable || ending == CloseReason.Fault;
        queue.Offer(new()
        {
            DecisionId = decisionId,
            Time = time.GetUtcNow() - age,
            Decision = "allow",
            Status = StatusCodes.Status101SwitchingProtocols,
            DurationMs = (long)age.TotalMilliseconds,
            ErrorType = hasFailed ? ending.Reason : null,
            Facts = UsageFacts.Ended | (hasFailed ? UsageFacts.UpstreamFailed : UsageFacts.None),
        });
    }
}
