using AuthSidecar.Decisions.Pipeline;

namespace AuthSidecar.Access.Upstream;

/// <summary>
/// The <c>Connection</c> header (RFC 9110 7.6.1): a recipient removes every header that it names, so a client could take ours away behind
/// us.
/// Envoy removes it from all but upgrades, with which it goes on as it came.
/// </summary>
internal static class HopByHop
{
    private const string Name = "connection";

    /// <summary>True when it names more than what a connection itself is about.</summary>
    public static bool NameHeaders(string? connection)
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

    /// <summary>Leaves the upgrade alone in it, or nothing.</summary>
    public static void Clean(UpstreamEdits edits, EditInput input)
    {
        if (!NameHeaders(input.Connection))
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
