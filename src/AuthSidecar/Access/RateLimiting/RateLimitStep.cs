using AuthSidecar.Access.Authorization;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>Counts the request against the caller's limits.</summary>
internal sealed class RateLimitStep(RequestLimits limits) : ICheckStep
{
    public string Name => "rate_limit";

    public bool AcquiresResources => true;

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (IsFree(context))
        {
            return new(StepResult.Continue);
        }

        var pending = limits.CountAsync(context.KnownIdentity, context.Policy, RequestModels.WithLimits(context), context.ChargeId);
        return pending.IsCompletedSuccessfully ? new(Conclude(context, pending.Result)) : AwaitAsync(context, pending);
    }

    // Without CountFreeCalls, requests that generate nothing use no permit.
    private static bool IsFree(CheckContext context) =>
        context.Policy.Options.Limit is { CountFreeCalls: false }
        && (
            context.Endpoint
                is EndpointKind.ListsModels
                    or EndpointKind.CountsTokens
                    or EndpointKind.ReadsResult
                    or EndpointKind.Bookkeeping
            || context.Kind.HasFlag(RequestKind.Head)
        );

    private async ValueTask<StepResult> AwaitAsync(CheckContext context, ValueTask<LimitAnswer> pending)
    {
        context.TimeoutDenial = Denials.LimiterUnavailable;
        var answer = await pending;
        context.TimeoutDenial = Denials.InternalError;
        return Conclude(context, answer);
    }

    private StepResult Conclude(CheckContext context, LimitAnswer answer)
    {
        switch (answer.Verdict)
        {
            case LimitVerdict.Counted:
                context.Limit = answer.State;
                return StepResult.Continue;
            case LimitVerdict.Uncounted:
                return StepResult.Continue;
            case LimitVerdict.Denied:
                var models = RequestModels.WithLimits(context);
                return LimitRefusals.Of(answer, limits.FullBucketOf(answer, context.KnownIdentity, context.Policy, models));
            default:
                return Denials.LimiterUnavailable;
        }
    }
}
