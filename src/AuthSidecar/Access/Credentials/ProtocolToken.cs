namespace AuthSidecar.Access.Credentials;

/// <summary>
/// Entries of <c>Sec-WebSocket-Protocol</c> that carry a token: <c>authsidecar.bearer.TOKEN</c>, and <c>openai-insecure-api-key.TOKEN</c>
/// of OpenAI's SDKs. Browsers cannot set any other header on an upgrade.
/// </summary>
internal static class ProtocolToken
{
    private const string Own = "authsidecar.bearer.";
    private const string Realtime = "openai-insecure-api-key.";

    /// <summary>Prefixes of the entries, the first to authenticate first.</summary>
    public static IReadOnlyList<string> Prefixes { get; } = [Own, Realtime];

    /// <summary>Prefixes of the entries that select the provider's account.</summary>
    public static IReadOnlyList<string> AccountPrefixes { get; } = ["openai-organization.", "openai-project."];

    /// <summary>True for an entry that carries a token.</summary>
    public static bool Is(string entry) => HasPrefix(entry, Prefixes);

    /// <summary>True for an entry that selects the provider's account.</summary>
    public static bool IsAccount(string entry) => HasPrefix(entry, AccountPrefixes);

    /// <summary>Splits the offered subprotocols.</summary>
    /// <param name="offered">The header's value, or null.</param>
    /// <param name="found">The tokens and the other entries.</param>
    /// <returns>False when there are two entries of one prefix.</returns>
    public static bool TryRead(string? offered, out ProtocolTokens found)
    {
        found = new(null, null, offered ?? "");
        if (offered is null || !(Holds(offered, Own) || Holds(offered, Realtime)))
        {
            return true;
        }

        var rest = new List<string>();
        string? own = null;
        string? realtime = null;
        var isUnique = true;
        foreach (var entry in offered.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (entry.StartsWith(Own, StringComparison.OrdinalIgnoreCase))
            {
                isUnique &= own is null;
                own = entry[Own.Length..];
            }
            else if (entry.StartsWith(Realtime, StringComparison.OrdinalIgnoreCase))
            {
                isUnique &= realtime is null;
                realtime = entry[Realtime.Length..];
            }
            else
            {
                rest.Add(entry);
            }
        }

        found = new(own, realtime, string.Join(", ", rest));
        return isUnique;
    }

    private static bool Holds(string offered, string prefix) => offered.Contains(prefix, StringComparison.OrdinalIgnoreCase);

    private static bool HasPrefix(string entry, IReadOnlyList<string> prefixes)
    {
        foreach (var prefix in prefixes)
        {
            if (entry.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>The tokens of the offered subprotocols.</summary>
/// <param name="Own">Token of <c>authsidecar.bearer.</c>, or null.</param>
/// <param name="Realtime">Token of <c>openai-insecure-api-key.</c>, or null.</param>
/// <param name="Others">The other entries in order, joined; empty when there are none.</param>
internal readonly record struct ProtocolTokens(string? Own, string? Realtime, string Others)
{
    /// <summary>True when an entry carries a token, even an empty one.</summary>
    public bool HasAny => Own is not null || Realtime is not null;

    public override string ToString() => Others;
}
