using AuthSidecar.Decisions.Pipeline;

namespace AuthSidecar.Access.Upstream;

/// <summary>
/// The <c>Connection</c> header (RFC 9110 7.6.1): the upstream removes every header that it names, so a client could remove the identity
/// headers. Envoy removes it from all requests except upgrades, where it is forwarded unchanged.
/// </summary>
internal static class HopByHop
{
    private const string Name = "connection";

    /// <summary>True when it names a header, not only connection options.</summary>
    public static bool NamesHeader(string? connection)
    {
        var value = connection.AsSpan();
        foreach (var range in value.Split(','))
        {
            var option = value[range].Trim();
            if (!option.IsEmpty && !Is(option, "upgrade") && !Is(option, "keep-alive") && !Is(option, "close"))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reduces it to <c>Upgrade</c> on upgrades and removes it otherwise, if it names a header.</summary>
    public static void Clean(UpstreamEdits edits, EditInput input)
    {
        if (!NamesHeader(input.Connection))
        {
            return;
        }

        if (input.IsWebSocket)
        {
            edits.SetHeader(Name, "Upgrade");
        }
        else
        {
            edits.RemoveHeader(Name);
        }
    }

    private static bool Is(ReadOnlySpan<char> option, string name) => option.Equals(name, StringComparison.OrdinalIgnoreCase);
}
