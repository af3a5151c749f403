using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Authorization;

/// <summary>
/// Whether the policy lets pass what the request does at its provider. After authentication, so that a refusal shows the list to callers
/// only.
/// </summary>
internal sealed class EndpointAccessStep : ICheckStep
{
    public string Name => "endpoint_access";

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (context.Policy.Endpoints is not { } endpoints)
        {
            return new(StepResult.Continue);
        }

        if (RequestMethods.IsOverriddenIn(context.Request.Query))
        {
            return new(MethodDenial.Anywhere);
        }

        if (endpoints.Passes(context.EndpointMatch, EndpointStep.MethodOf(context), context.Path, out var methods))
        {
            return new(StepResult.Continue);
        }

        return new(methods is null ? Denials.PathNotAllowed : MethodDenial.With(methods));
    }
}
