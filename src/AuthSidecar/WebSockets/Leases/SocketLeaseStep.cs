using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.WebSockets.Leases;

/// <summary>Takes a lease for a WebSocket. The last step that can deny, because a denial after it would leave the lease taken.</summary>
internal sealed class SocketLeaseStep(ISocketLeases leases, LiveOptions<LimitsOptions> options, LeaseMetrics metrics) : ICheckStep
{
    public string Name => "socket_lease";

    public bool AcquiresResources => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (!context.Kind.HasFlag(RequestKind.WebSocket))
        {
            return new(StepResult.Continue);
        }

        var limits = options.Current;
        var caps = SocketCaps.Of(limits);
        if (caps.AreOff)
        {
            return new(StepResult.Continue);
        }

        // Set before it is taken, so that a timeout in between can end it.
        context.SocketLease = new(context.DecisionId, context.KnownIdentity.SocketOwner);
        var pending = leases.TakeAsync(context.SocketLease, caps, context.Policy.Options.Limit?.WhenRedisIsDown ?? limits.WhenRedisIsDown);
        return pending.IsCompletedSuccessfully ? new(Conclude(context, pending.Result)) : AwaitAsync(context, pending);
    }

    private async ValueTask<StepResult> AwaitAsync(CheckContext context, ValueTask<LeaseVerdict> pending) =>
        Conclude(context, await pending);

    private StepResult Conclude(CheckContext context, LeaseVerdict verdict) =>
        verdict switch
        {
            LeaseVerdict.Taken => StepResult.Continue,
            LeaseVerdict.UserIsFull => DenyFull(context, "user"),
            LeaseVerdict.ReplicaIsFull => DenyFull(context, "replica"),
            _ => Deny(context, Denials.LimiterUnavailable),
        };

    private StepResult DenyFull(CheckContext context, string cap)
    {
        metrics.CountRefused(cap);
        context.Detail = $"cap of the {cap}";
        return Deny(context, Denials.TooManySockets);
    }

    private static Denial Deny(CheckContext context, Denial denial)
    {
        context.SocketLease = null;
        return denial;
    }
}
