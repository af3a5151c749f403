namespace AuthSidecar.Decisions.Text;

/// <summary>Extracts the host name from a <c>Host</c> header.</summary>
internal static class HostName
{
    /// <summary>The name without port and trailing dot; an IPv6 address keeps its brackets.</summary>
    public static ReadOnlySpan<char> Of(ReadOnlySpan<char> host)
    {
        if (host is ['[', ..])
        {
            var bracket = host.IndexOf(']');
            return bracket < 0 ? host : host[..(bracket + 1)];
        }

        var colon = host.IndexOf(':');
        var name = colon < 0 ? host : host[..colon];
        return name is [_, .., '.'] ? name[..^1] : name;
    }
}
