using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Credentials;

/// <summary>Denies a path that contains an issued token: it cannot be removed, and would reach the upstream and its logs.</summary>
internal sealed class PathTokenStep : ICheckStep
{
    public string Name => "path_token";

    public bool RunsForPublic => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (!context.Policy.IssuedTokens.OccurIn(context.Path))
        {
            return new(StepResult.Continue);
        }

        context.Detail = "a credential in the path";
        return new(Denials.InvalidPath);
    }
}
