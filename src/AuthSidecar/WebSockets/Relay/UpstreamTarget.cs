using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>
/// The upstream URI of an allowed WebSocket: the policy's address, with the client's target where the policy has no path.
/// </summary>
internal static class UpstreamTarget
{
    private static readonly UriCreationOptions _asWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <param name="relay">The policy's address, <c>ws://…</c> or <c>wss://…</c>; a path other than <c>/</c> replaces the client's.</param>
    /// <param name="request">The request.</param>
    /// <param name="edits">The edits of the Allow, which may replace the target.</param>
    public static Uri Of(string relay, InboundRequest request, UpstreamEdits edits)
    {
        const string SchemeEnd = "://";
        var authority = relay.IndexOf(SchemeEnd, StringComparison.Ordinal) + SchemeEnd.Length;
        var slash = relay.IndexOf('/', authority);
        var (origin, path) = slash < 0 ? (relay, "") : (relay[..slash], relay[slash..]);
        var target = edits.Target ?? request.Target;
        var query = target.IndexOf('?', StringComparison.Ordinal) is var start and >= 0 ? target[start..] : "";
        return new(origin + (path is "" or "/" ? target : path + query), in _asWritten);
    }
}
