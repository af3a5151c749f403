using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Requests;

internal sealed class CanonicalPathStep : ICheckStep
{
    public string Name => "path";

    public bool RunsForPublic => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (!CanonicalPath.TryRead(context.Request.Target, out var path))
        {
            return new(Denials.InvalidPath);
        }

        context.Path = path;
        if (path.Contains(';', StringComparison.Ordinal))
        {
            if (!CanonicalPath.TryReadWithoutParameters(context.Request.RawPath, out var served))
            {
                return new(Denials.InvalidPath);
            }

            context.RulePath = served;
        }

        return new(StepResult.Continue);
    }
}
