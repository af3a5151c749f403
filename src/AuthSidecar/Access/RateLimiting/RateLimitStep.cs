using AuthSidecar.Decisions.Pipeline;
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
        var pending = limits.CountAsync(context.KnownIdentity, context.Policy);
        return pending.IsCompletedSuccessfully ? new(Conclude(context, pending.Result)) : AwaitAsync(context, pending);
    }

    private static async ValueTask<StepResult> AwaitAsync(CheckContext context, ValueTask<LimitAnswer> pending) =>
        Conclude(context, await pending);

    private static StepResult Conclude(CheckContext context, LimitAnswer answer)
    {
        switch (answer.Verdict)
        {
            case LimitVerdict.Counted:
                context.Limit = answer.State;
                return StepResult.Continue;
            case LimitVerdict.Uncounted:
                return StepResult.Continue;
            case LimitVerdict.Denied:
                return Denials.RateLimited with { RetryAfter = answer.RetryAfter };
            default:
                return Denials.LimiterUnavailable;
        }
    }
}
