using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>Reports how relayed WebSockets ended. Envoy sees only their handshakes, which are requests of their own.</summary>
internal sealed class RelayUsageReporter(UsageQueue queue, TimeProvider time)
{
    /// <param name="decisionId">The decision that allowed the WebSocket.</param>
    /// <param name="age">Time since that decision.</param>
    /// <param name="reason">Close reason.</param>
    public void Report(string decisionId, TimeSpan age, CloseReason reason)
    {
        // Either side may close an open WebSocket: not an error.
        var hasFailed =
            reason == CloseReason.UpstreamGone
            || reason == CloseReason.UpstreamRefused
            || reason == CloseReason.UpstreamUnavailable
            || reason == CloseReason.Fault;
        queue.Record(
            new()
            {
                DecisionId = decisionId,
                Time = time.GetUtcNow() - age,
                Decision = "allow",
                Status = StatusCodes.Status101SwitchingProtocols,
                DurationMs = (long)age.TotalMilliseconds,
                ErrorType = hasFailed ? reason.Reason : null,
                Facts = UsageFacts.Ended | (hasFailed ? UsageFacts.UpstreamFailed : UsageFacts.None),
            }
        );
    }
}
