using AuthSidecar.Decisions.Policies;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>Validates the relay address of a policy.</summary>
internal static class RelayRules
{
    public static void Check(string path, PolicyOptions policy, ConfigurationErrors problems)
    {
        if (policy.Public)
        {
            problems.Error(path, "has no meaning in a Public policy, which knows no caller; remove one of the two");
        }

        if (Read(policy.Relay) is not { } uri)
        {
            problems.Error(
                path,
                $"must be ws://HOST:PORT/PATH or wss://… without user info, query or fragment, not {problems.Quote(policy.Relay)}"
            );
            return;
        }

        if (uri is { Scheme: "ws", IsLoopback: false })
        {
            problems.Warn(path, "is ws over the network: an eavesdropper reads everything, including provider credentials; write wss://");
        }
    }

    // Checked in the text, because Uri drops an empty query.
    private static Uri? Read(string text) =>
        text.AsSpan().IndexOfAny("?#@\\") < 0
        && !text.AsSpan().ContainsAnyExceptInRange('!', '~')
        && (text.StartsWith("ws://", StringComparison.Ordinal) || text.StartsWith("wss://", StringComparison.Ordinal))
        && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Host.Length > 0
            ? uri
            : null;
}
