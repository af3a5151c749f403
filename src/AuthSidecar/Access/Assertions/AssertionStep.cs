using AuthSidecar.Access.Upstream;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Assertions;

/// <summary>
/// Adds a signed assertion of the caller where the policy requires one. Denies the request when no key is available.
/// </summary>
internal sealed class AssertionStep(AssertionKeyRing keys, TimeProvider time) : EditStep
{
    public override string Name => "assertion";

    public override AnswerFacts Reads => AnswerFacts.Policy | AnswerFacts.Assertion;

    protected override ValueTask<StepResult> WriteAsync(EditInput input, UpstreamEdits edits, CancellationToken cancellationToken)
    {
        if (!input.Policy.Options.Assertion)
        {
            return new(StepResult.Continue);
        }

        return keys.Current is { } key ? new(Sign(input.Asserted, edits, key)) : AwaitAsync(input.Asserted, edits);
    }

    private async ValueTask<StepResult> AwaitAsync(CheckContext context, UpstreamEdits edits)
    {
        context.TimeoutDenial = Denials.StoreUnavailable;
        await keys.LoadAsync(mayCreate: true);
        context.TimeoutDenial = Denials.InternalError;
        return keys.Current is { } key ? Sign(context, edits, key) : Denials.StoreUnavailable;
    }

    private StepResult Sign(CheckContext context, UpstreamEdits edits, SignatureKey key)
    {
        edits.SetHeader(IdentityHeaders.Assertion, CallerAssertion.Sign(context, key, time.GetUtcNow()));
        return StepResult.Continue;
    }
}
