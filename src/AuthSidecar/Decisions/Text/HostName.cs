namespace AuthSidecar.Decisions.Text;

/// <summary>What of a <c>Host</c> header names the host.</summary>
internal static class HostName
{
    /// <summary>Without port and without the dot that ends a full name; an IPv6 address keeps its brackets.</summary>
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
