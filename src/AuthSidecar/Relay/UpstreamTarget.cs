using AuthSidecar.Pipeline;

namespace AuthSidecar.Relay;

/// <summary>Where an allowed WebSocket goes: what the policy says, and of the client's only what the policy leaves open.</summary>
internal static class UpstreamTarget
{
    private static readonly UriCreationOptions _asWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <param name="relay">The policy's address, <c>ws://…</c> or <c>wss://…</c>; with a path other than <c>/</c> that is the path.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="edits">What is to change; the target perhaps.</param>
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
