using AuthSidecar.ExtAuthz;
using AuthSidecar.Pipeline;

namespace AuthSidecar.Relay;

/// <summary>A decision on a relayed WebSocket.</summary>
/// <param name="Check">The facts behind it.</param>
/// <param name="Decision">An Allow has a caller and a policy with <c>Relay</c>.</param>
internal sealed record RelayVerdict(CheckContext Check, Decision Decision);

/// <summary>Denies an allowed request whose policy is public or has no <c>Relay</c>.</summary>
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
