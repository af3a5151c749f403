using AuthSidecar.Access.Upstream;
using AuthSidecar.Decisions.Pipeline;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>
/// The client's headers as sent upstream: with the edits of the Allow, as through Envoy, and without hop-by-hop headers (RFC 9110 7.6.1).
/// </summary>
internal static class UpstreamHeaders
{
    private static readonly HashSet<string> _hopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "connection",
        "upgrade",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "content-length",
        "expect",
        "http2-settings",
        "host",
        "sec-websocket-key",
        "sec-websocket-version",
        "sec-websocket-accept",
        "sec-websocket-protocol",
        "sec-websocket-extensions",
        // An instruction to Envoy, which the relay applies itself.
        IdentityHeaders.StreamDuration,
    };

    public static IEnumerable<KeyValuePair<string, string>> For(IHeaderDictionary client, UpstreamEdits edits, string decisionId)
    {
        var dropped = new HashSet<string>(_hopByHop, StringComparer.OrdinalIgnoreCase);
        dropped.UnionWith(edits.Remove);
        dropped.UnionWith(edits.Set.Select(header => header.Key));
        dropped.Add(IdentityHeaders.DecisionId);
        return client
            .Where(header => !dropped.Contains(header.Key))
            .SelectMany(header => header.Value.Select(value => KeyValuePair.Create(header.Key, value ?? "")))
            .Concat(edits.Set.Where(header => !_hopByHop.Contains(header.Key)))
            .Append(new(IdentityHeaders.DecisionId, decisionId));
    }
}
