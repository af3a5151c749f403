using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Requests;

/// <summary>Denies every upgrade except to WebSocket (RFC 6455 4.2.1).</summary>
internal sealed class ClassifyStep : ICheckStep
{
    public string Name => "classify";

    public bool RunsForPublic => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var isUpgrade = !string.IsNullOrWhiteSpace(context.Request.Headers[KnownHeader.Upgrade]);
        return new(isUpgrade && !context.Kind.HasFlag(RequestKind.WebSocket) ? Denials.InvalidUpgrade : StepResult.Continue);
    }
}
