using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.WebSockets.Closer;
using Grpc.Core;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// Answers Envoy's Check. Every failure is a denial, never a gRPC error, which <c>failure_mode_allow</c> would turn into a pass.
/// </summary>
/// <param name="decisions">Decides.</param>
/// <param name="closer">Redirects denied WebSockets.</param>
/// <param name="writer">Writes the answers.</param>
/// <param name="time">The clock.</param>
/// <param name="repeater">Recognizes repeats; null: every Check is decided.</param>
internal sealed class CheckService(
    DecisionService decisions,
    CloserRoute closer,
    CheckResponseWriter writer,
    TimeProvider time,
    CheckRepeater? repeater = null
) : AuthorizationServiceBase
{
    private readonly DecisionService _decisions = decisions.With(closer.Redirect);
    private readonly Func<CheckContext, Decision, CheckAnswer> _write = writer.Write;

    public override Task<CheckAnswer> Check(InboundRequest request, ServerCallContext context) =>
        repeater?.DecideAsync(_decisions, _write, request, context)
        ?? _decisions.DecideAsync(request, new EnvoyDeadline(context, time), _write, CheckSpans.Begin(context));

    /// <summary>Decides a call whose request could not be read or whose answer could not be written: a denial.</summary>
    public Task<CheckAnswer> DenyUnreadAsync(Exception fault) =>
        _decisions.DecideAsync(CheckRequestReader.Unread(fault), new LongestDeadline(), _write);
}
