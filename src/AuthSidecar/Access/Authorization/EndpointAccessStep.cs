using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Authorization;

/// <summary>
/// Denies methods and paths of the provider's API that the policy does not allow. Runs after authentication, so that only authenticated
/// callers see the allowed methods.
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

        if (endpoints.Allows(context.EndpointMatch, EndpointStep.MethodOf(context), context.Path, out var methods))
        {
            return new(StepResult.Continue);
        }

        return new(methods is null ? Denials.PathNotAllowed : MethodDenial.With(methods));
    }
}
