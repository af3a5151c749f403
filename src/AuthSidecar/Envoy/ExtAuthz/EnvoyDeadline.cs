using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using Grpc.Core;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>The deadline of Envoy's call minus a margin, so that Envoy receives a 503 instead of running into its timeout.</summary>
internal readonly struct EnvoyDeadline(ServerCallContext call, TimeProvider time) : IDecisionDeadline
{
    private static readonly TimeSpan _margin = TimeSpan.FromMilliseconds(30);

    /// <summary>Time left; zero after the deadline.</summary>
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

    public bool HasLeft => Token.IsCancellationRequested;

    public async Task<Decision> WaitAsync(Task<Decision> running, TimeProvider time)
    {
        var cancelled = Token;
        var decision = await running.WaitAsync(Remaining, time, cancelled);

        // Envoy ignores a late Allow, and its reservation and lease would stay held.
        cancelled.ThrowIfCancellationRequested();
        return decision;
    }
}
