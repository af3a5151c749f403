using AuthSidecar.Access.Upstream;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.WebSockets.Closer;

/// <summary>
/// Routes a denied WebSocket to the closer, where policy and route both ask for it. On any other route an OK answer would let the socket
/// through.
/// </summary>
internal sealed class CloserRoute(CloseSignal signal)
{
    public Decision Redirect(CheckContext context, Decision decision) =>
        decision is Decision.Deny { Denial: var denial } && LeadsToCloser(context)
            ? new Decision.Close(denial, Edits(context, denial))
            : decision;

    private static bool LeadsToCloser(CheckContext context) =>
        context.Request.HasCloser
        && context.Kind.HasFlag(RequestKind.WebSocket)
        && context.ChosenPolicy is { Options.WsDeny: WebSocketDenial.Close };

    // From the request alone: a denied caller gets none of the edits that steps have made so far.
    private UpstreamEdits Edits(CheckContext context, Denial denial)
    {
        var edits = new UpstreamEdits();
        edits.SetHeader(IdentityHeaders.WebSocketClose, signal.Write(denial));
        Stripping.Apply(edits, EditInput.OfOne(context), own: null);
        WebSocketKeyStep.AddMissing(edits, EditInput.OfOne(context));
        return edits;
    }
}
