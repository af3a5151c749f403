using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>The decision about a relayed WebSocket.</summary>
/// <param name="Check">The facts about the request.</param>
/// <param name="Decision">An Allow has a caller and a policy with <c>Relay</c>.</param>
internal sealed record RelayVerdict(CheckContext Check, Decision Decision);

/// <summary>Denies requests without a caller, or whose policy has no upstream for the relay.</summary>
internal static class RelayAccess
{
    public static Decision Require(CheckContext context, Decision decision)
    {
        if (decision is not Decision.Allow || Problem(context) is not { } problem)
        {
            return decision;
        }

        context.Detail = problem;
        return new Decision.Deny(Denials.NoPolicy);
    }

    private static string? Problem(CheckContext context) =>
        context.Policy switch
        {
            { Public: not null } => "the policy is public",
            { Options.Relay.Length: 0 } => "the policy has no Relay",
            _ => null,
        };
}
