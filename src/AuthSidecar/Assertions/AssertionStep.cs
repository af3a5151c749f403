using AuthSidecar.Pipeline;
using AuthSidecar.Upstream;

namespace AuthSidecar.Assertions;

/// <summary>Signs who is calling, where the policy wants it; without a key the request is refused rather than passed unsigned.</summary>
internal sealed class AssertionStep(AssertionKeyRing keys, TimeProvider time) : ICheckStep
{
    public string Name => "assertion";

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (!context.Policy.Options.Assertion)
        {
            return new(StepResult.Continue);
        }

        return keys.Current is { } key ? new(Sign(context, key)) : AwaitAsync(context);
    }

    private async ValueTask<StepResult> AwaitAsync(CheckContext context)
    {
        context.Overdue = Denials.StoreUnavailable;
        await keys.LoadAsync(mayMake: true);
        context.Overdue = Denials.InternalError;
        return keys.Current is { } key ? Sign(context, key) : Denials.StoreUnavailable;
    }

    private StepResult Sign(CheckContext context, SignatureKey key)
    {
        context.Edits.SetHeader(IdentityHeaders.Assertion, CallerAssertion.Sign(context, key, time.GetUtcNow()));
        return StepResult.Continue;
    }
}
