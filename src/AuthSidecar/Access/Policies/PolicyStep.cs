using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Access.Policies;

/// <summary>
/// Selects the policy: the one that the route names, else that of the first matching rule. An unknown name is denied and never falls back
/// to the rules.
/// </summary>
internal sealed class PolicyStep(LiveOptions<PolicySet> policies) : ICheckStep
{
    public string Name => "policy";

    public bool RunsForPublic => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var current = policies.Current;
        var request = context.Request;
        var policy = request.PolicyName is { } name ? current.ByName(name) : current.Match(request.Host, request.Method, context.RulePath);
        if (policy is not null)
        {
            context.Policy = policy;
        }

        if (!current.AreEnabled)
        {
            return new(Denials.BearerAuthDisabled);
        }

        return new(policy is null ? Denials.NoPolicy : StepResult.Continue);
    }
}
