namespace AuthSidecar.Access.Credentials;

/// <summary>
/// The entry <c>authsidecar.bearer.TOKEN</c> of <c>Sec-WebSocket-Protocol</c>: browsers cannot set any other header on an upgrade.
/// </summary>
internal static class ProtocolToken
{
    private const string Prefix = "authsidecar.bearer.";

    /// <summary>True for an entry that carries a token.</summary>
    public static bool Is(string entry) => entry.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Splits the offered subprotocols.</summary>
    /// <param name="offered">The header's value, or null.</param>
    /// <param name="token">The token, or null.</param>
    /// <param name="others">The other entries in order, joined; empty when there are none.</param>
    /// <returns>Number of entries that carry a token.</returns>
    public static int Read(string? offered, out string? token, out string others)
    {
        token = null;
        others = offered ?? "";
        if (offered is null || !offered.Contains(Prefix, StringComparison.Ordinal))
        {
            return 0;
        }

        var rest = new List<string>();
        var tokens = 0;
        foreach (var entry in offered.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (Is(entry))
            {
                tokens++;
                token = entry[Prefix.Length..];
            }
            else
            {
                rest.Add(entry);
            }
        }

        others = string.Join(", ", rest);
        return tokens;
    }
}
