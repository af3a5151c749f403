using System.Globalization;
using AuthSidecar.Access.Authorization;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Access.ParallelLimits;

/// <summary>
/// Counts the request among the caller's running ones. After the steps that deny for other reasons, because a denial after it would leave
/// the lease taken for a while.
/// </summary>
internal sealed class ParallelLimitStep(IRequestLeases leases, LiveOptions<LimitsOptions> options, ParallelMetrics metrics) : ICheckStep
{
    // Of a request whose end nothing reports; as of a reservation from a budget.
    private static readonly TimeSpan _lifetime = TimeSpan.FromMinutes(15);

    public string Name => "parallel_limit";

    public bool AcquiresResources => true;

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var limits = options.Current;
        var caps = ParallelCaps.Of(context.KnownIdentity, context.Policy, limits, RequestModels.WithLimits(context));
        if (caps.Length == 0 || context.Kind.HasFlag(RequestKind.Head))
        {
            return new(StepResult.Continue);
        }

        var isSocket = context.Kind.HasFlag(RequestKind.WebSocket);
        var lease = new RequestLease(
            context.DecisionId,
            [.. caps.Select(cap => new ParallelCap(cap.Name.Key, cap.Most))],
            isSocket ? IRequestLeases.Life : context.Policy.Options.MaxStreamDuration ?? _lifetime,
            isSocket
        );

        // Set before it is taken, so that a timeout in between can end it.
        context.RequestLease = lease;
        var pending = leases.TakeAsync(lease, context.Policy.Options.Limit?.WhenRedisIsDown ?? limits.WhenRedisIsDown);
        return pending.IsCompletedSuccessfully ? new(Conclude(context, caps, pending.Result)) : AwaitAsync(context, caps, pending);
    }

    private async ValueTask<StepResult> AwaitAsync(CheckContext context, OwnerCap[] caps, ValueTask<LeaseAnswer> pending)
    {
        context.TimeoutDenial = Denials.LimiterUnavailable;
        var answer = await pending;
        context.TimeoutDenial = Denials.InternalError;
        return Conclude(context, caps, answer);
    }

    private StepResult Conclude(CheckContext context, OwnerCap[] caps, LeaseAnswer answer)
    {
        if (answer.Result == LeaseResult.Taken)
        {
            return StepResult.Continue;
        }

        context.RequestLease = null;
        if (answer.Result != LeaseResult.Full)
        {
            return Denials.LimiterUnavailable;
        }

        metrics.CountRefused(context.Policy.Name);
        return RefusalOf(caps[answer.Full]);
    }

    private static Denial RefusalOf(OwnerCap cap)
    {
        var most = cap.Most.ToString(CultureInfo.InvariantCulture);
        return Denials.TooManyParallel with
        {
            Message = $"Too many requests at a time: the limit is {most} for {cap.Name.Each}.",
            Detail = $"limit {most} at a time for {cap.Name.Detail}",
        };
    }
}
