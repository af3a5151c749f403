using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AuthSidecar.Platform.Hosting;

/// <summary>The address of a listener: TCP or a unix socket.</summary>
/// <param name="Text">As configured.</param>
/// <param name="Host">Null for <c>localhost</c>, which has two addresses, and for a unix socket.</param>
/// <param name="Port">0: the kernel chooses.</param>
/// <param name="SocketPath">Null unless it is a unix socket.</param>
/// <param name="IsLoopback">Reachable from this machine only.</param>
internal sealed record ListenAddress(string Text, IPAddress? Host, int Port, string? SocketPath, bool IsLoopback)
{
    private const int LongestSocketPath = 107;

    /// <summary>True for <c>localhost</c>: both loopback addresses.</summary>
    public bool IsLocalhost => SocketPath is null && Host is null;

    public static bool TryParse(string text, [NotNullWhen(true)] out ListenAddress? address, [NotNullWhen(false)] out string? error)
    {
        (address, error) = text.StartsWith("unix:", StringComparison.Ordinal) ? Socket(text) : Tcp(text);
        return address is not null;
    }

    /// <summary>True if only one of the two addresses can be bound.</summary>
    public bool Collides(ListenAddress other)
    {
        if (SocketPath is not null || other.SocketPath is not null)
        {
            return SocketPath == other.SocketPath;
        }

        return Port != 0 && Port == other.Port && (Covers(other) || other.Covers(this));
    }

    private bool Covers(ListenAddress other) =>
        Equals(Host, other.Host)
        || Equals(Host, IPAddress.IPv6Any)
        || (Equals(Host, IPAddress.Any) && other.Host is null or { AddressFamily: AddressFamily.InterNetwork })
        || (IsLocalhost && (other.Host!.Equals(IPAddress.Loopback) || other.Host.Equals(IPAddress.IPv6Loopback)));

    private static (ListenAddress? Address, string? Error) Socket(string text)
    {
        var path = text["unix:".Length..];
        return path.StartsWith('/') && Encoding.UTF8.GetByteCount(path) <= LongestSocketPath
            ? (new(text, null, 0, path, IsLoopback: true), null)
            : (null, $"write unix:/path, an absolute path of at most {LongestSocketPath} bytes");
    }

    // Host names are rejected: Kestrel would bind every address for an unknown one.
    private static (ListenAddress? Address, string? Error) Tcp(string text)
    {
        const string Form = "write http://HOST:PORT, HOST an IP address or localhost, or unix:/path";
        if (text.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            return (null, "write http://; Listen:Tls makes it TLS");
        }

        var end = text.LastIndexOf(':');
        if (
            !text.StartsWith("http://", StringComparison.Ordinal)
            || end < "http://".Length
            || !ushort.TryParse(text[(end + 1)..].TrimEnd('/'), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
        )
        {
            return (null, Form);
        }

        var host = text["http://".Length..end];
        return host switch
        {
            "localhost" when port == 0 => (null, "localhost is two addresses, which cannot share a chosen port; write http://127.0.0.1:0"),
            "localhost" => (new(text, null, port, null, IsLoopback: true), null),
            ['[', .. var six, ']'] when IPAddress.TryParse(six, out var ip) => (new(text, ip, port, null, IPAddress.IsLoopback(ip)), null),
            _ when !host.Contains(':', StringComparison.Ordinal)
                    && host.Count(c => c == '.') == 3
                    && IPAddress.TryParse(host, out var ip) => (new(text, ip, port, null, IPAddress.IsLoopback(ip)), null),
            _ => (null, Form),
        };
    }
}
