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

    private static void Bind(KestrelServerOptions kestrel, string text, Action<Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions> configure)
    {
        if (!ListenAddress.TryParse(text, out var address, out var error))
        {
            throw new InvalidOperationException(error);
        }

        if (address.SocketPath is { } path)
        {
            // A socket that a crash left behind would keep the new one from being bound.
            File.Delete(path);
            kestrel.ListenUnixSocket(path, configure);
        }
        else if (address.IsLocalhost)
        {
            kestrel.ListenLocalhost(address.Port, configure);
        }
        else
        {
            kestrel.Listen(address.Host!, address.Port, configure);
        }
    }
}
