using AuthSidecar.Decisions.Service;
using Grpc.Core;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>The deadline of Envoy's call minus a margin, so that Envoy receives a 503 instead of running into its timeout.</summary>
internal readonly struct EnvoyDeadline(ServerCallContext call, TimeProvider time) : IDecisionDeadline
{
    private static readonly TimeSpan _margin = TimeSpan.FromMilliseconds(30);

    public TimeSpan Remaining
    {
        get
        {
            if (call.Deadline == DateTime.MaxValue)
            {
                return DecisionService.Longest;
            }

            var left = call.Deadline.ToUniversalTime() - time.GetUtcNow().UtcDateTime;
            var margin = left / 4 < _margin ? left / 4 : _margin;
            return left - margin > TimeSpan.Zero
                ? TimeSpan.FromTicks(Math.Min((left - margin).Ticks, DecisionService.Longest.Ticks))
                : TimeSpan.Zero;
        }
    }

    /// <summary>Reading it allocates a token source and a timer.</summary>
    public CancellationToken Token => call.CancellationToken;
}
