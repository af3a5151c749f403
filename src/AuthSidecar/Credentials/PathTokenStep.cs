using AuthSidecar.Pipeline;

namespace AuthSidecar.Credentials;

/// <summary>Refuses a path with a token of this sidecar in it: it cannot be cut out, and would go on to the upstream and into its logs.</summary>
internal sealed class PathTokenStep : ICheckStep
{
    public string Name => "path_token";

    public bool RunsForPublic => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (!context.Policy.OwnTokens.AreHeldIn(context.Path))
        {
            return new(StepResult.Continue);
        }

        context.Detail = "a credential in the path";
        return new(Denials.InvalidPath);
    }
}
