using AuthSidecar.Configuration;
using AuthSidecar.Pipeline;

namespace AuthSidecar.Policies;

/// <summary>Chooses the policy: the one the route names, or else the first rule that matches. A name that is unknown never falls through to the rules.</summary>
internal sealed class PolicyStep(SettingsMonitor settings) : ICheckStep
{
    public string Name => "policy";

    public bool RunsForPublic => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var current = settings.Current;
        var request = context.Request;
        var policy = request.PolicyName is { } name
            ? current.Policies.ByName(name)
            : current.Policies.Match(request.Host, request.Method, context.Path);
        if (policy is not null)
        {
            context.Policy = policy;
        }

        if (!current.Settings.Auth.Enabled)
        {
            return new(Denials.BearerAuthDisabled);
        }

        return new(policy is null ? Denials.NoPolicy : StepResult.Continue);
    }
}
