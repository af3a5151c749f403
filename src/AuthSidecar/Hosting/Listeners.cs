using System.Net;
using AuthSidecar.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AuthSidecar.Hosting;

/// <summary>Binds each door of <c>Listen</c> with the protocol and limits that it needs.</summary>
internal static class Listeners
{
    private const int MaxStreams = 1024;
    private const int HeaderBytes = 64 * 1024;
    private const int HeaderCount = 256;

    /// <summary>The doors that are open, in the order in which they are bound.</summary>
    public static IReadOnlyList<(Listener Listener, string Address)> Open(ListenOptions options) =>
    [
        .. new[] { (Listener.Check, options.Check), (Listener.Companion, options.Companion), (Listener.Console, options.Console) }
            .Where(door => door.Item2.Length > 0),
    ];

    public static void Bind(KestrelServerOptions kestrel, Settings settings)
    {
        kestrel.AddServerHeader = false;

        // Envoy may say "https" on a plaintext connection of its own.
        kestrel.AllowAlternateSchemes = true;
        kestrel.Limits.MaxRequestHeadersTotalSize = HeaderBytes;
        kestrel.Limits.MaxRequestHeaderCount = HeaderCount;
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = HeaderBytes;
        kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreams;
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromHours(1);

        // A violation would cut the connection, and with it every check in flight.
        kestrel.Limits.MinRequestBodyDataRate = null;
        foreach (var (listener, address) in Open(settings.Listen))
        {
            Bind(kestrel, address, options =>
            {
                options.Protocols = listener == Listener.Console ? HttpProtocols.Http1 : HttpProtocols.Http2;
                options.Use(next => connection =>
                {
                    connection.Features.Set(new ListenerFeature(listener));
                    return next(connection);
                });
                ListenerTls.Apply(options, listener, settings.Listen.Tls);
            });
        }
    }

    private static void Bind(KestrelServerOptions kestrel, string address, Action<Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions> configure)
    {
        const string UnixPrefix = "unix:";
        if (address.StartsWith(UnixPrefix, StringComparison.Ordinal))
        {
            var path = address[UnixPrefix.Length..];
            File.Delete(path);
            kestrel.ListenUnixSocket(path, configure);
            return;
        }

        var uri = new Uri(address);
        if (uri.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6)
        {
            kestrel.Listen(IPAddress.Parse(uri.Host.Trim('[', ']')), uri.Port, configure);
        }
        else
        {
            kestrel.ListenLocalhost(uri.Port, configure);
        }
    }
}
