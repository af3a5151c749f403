using AuthSidecar.Pipeline;

namespace AuthSidecar.Endpoints;

/// <summary>Whether the policy lets pass what the request does at its provider. After authentication, so that a refusal shows the list to callers only.</summary>
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

        return new(endpoints.Refuse(context.EndpointMatch, EndpointStep.MethodOf(context), context.Path) is { } denial ? denial : StepResult.Continue);
    }
}
