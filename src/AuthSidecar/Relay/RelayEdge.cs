using AuthSidecar.ExtAuthz;
using AuthSidecar.Pipeline;

namespace AuthSidecar.Relay;

/// <summary>What came out of a question.</summary>
/// <param name="Check">What is known of it.</param>
/// <param name="Decision">An Allow has a caller and a policy with <c>Relay</c>.</param>
internal sealed record RelayVerdict(CheckContext Check, Decision Decision);

/// <summary>Lets only pass what has somewhere to go, and a caller.</summary>
internal sealed class RelayEdge : IDecisionEdge<RelayVerdict>
{
    public Decision Redirect(CheckContext context, Decision decision)
    {
        if (decision is not Decision.Allow || Problem(context) is not { } problem)
        {
            return decision;
        }

        context.Detail = problem;
        return new Decision.Deny(Denials.NoPolicy);
    }

    public RelayVerdict Write(CheckContext context, Decision decision) => new(context, decision);

    private static string? Problem(CheckContext context) => context.Policy switch
    {
        { Public: not null } => "the policy is public",
        { Options.Relay.Length: 0 } => "the policy has no Relay",
        _ => null,
    };
}
