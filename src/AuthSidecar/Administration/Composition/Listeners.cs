using System.Net.Sockets;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.WebSockets.Closer;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using ListenOptions = AuthSidecar.Platform.Hosting.ListenOptions;

namespace AuthSidecar.Administration.Composition;

/// <summary>Binds each listener of <c>Listen</c> with its protocol and limits.</summary>
internal static class Listeners
{
    private const int MaxStreams = 1024;
    private const int HeaderBytes = 64 * 1024;
    private const int HeaderCount = 256;

    // For a burst of reconnecting sockets after an upstream failure; the kernel's own limit may be lower.
    private const int Backlog = 4096;

    // The whole life of a connection to the closer.
    private static readonly TimeSpan _closerLife = TimeSpan.FromSeconds(2);

    // Removed when the WebSocket is open.
    private static readonly TimeSpan _relayHandshake = TimeSpan.FromSeconds(10);

    /// <summary>The listeners that are on, in bind order.</summary>
    public static IReadOnlyList<(Listener Listener, string Address)> Open(ListenOptions options) =>
        [
            .. new[]
            {
                (Listener.Check, options.Check),
                (Listener.Companion, options.Companion),
                (Listener.Console, options.Console),
                (Listener.Closer, options.Closer),
                (Listener.Relay, options.Relay),
                (Listener.Probe, options.Probe),
            }.Where(listener => listener.Item2.Length > 0),
        ];

    /// <summary>Unix sockets get a mode of their own, whatever the process's mask.</summary>
    public static void ConfigureTransport(SocketTransportOptions transport)
    {
        transport.Backlog = Backlog;
        transport.CreateBoundListenSocket = endpoint =>
            endpoint is UnixDomainSocketEndPoint && OperatingSystem.IsLinux()
                ? SocketFile.Bind(endpoint)
                : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
    }

    /// <param name="kestrel">The server.</param>
    /// <param name="settings">The addresses.</param>
    /// <param name="time">The clock of connection deadlines.</param>
    /// <param name="refusals">Counts rejected peers.</param>
    /// <param name="tls">The certificates.</param>
    public static void Bind(
        KestrelServerOptions kestrel,
        ListenOptions settings,
        TimeProvider time,
        CheckRefusals refusals,
        TlsCertificates tls
    )
    {
        kestrel.AddServerHeader = false;

        // Envoy may send the scheme "https" on a plaintext connection.
        kestrel.AllowAlternateSchemes = true;
        kestrel.Limits.MaxRequestHeadersTotalSize = HeaderBytes;
        kestrel.Limits.MaxRequestHeaderCount = HeaderCount;
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = HeaderBytes;
        kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreams;

        // Above gRPC's own limit, so that a longer message is a decision. The console has its own.
        kestrel.Limits.MaxRequestBodySize = Math.Max(kestrel.Limits.MaxRequestBodySize ?? 0, settings.MaxCheckBytes + HeaderBytes);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromHours(1);

        // A violation would abort the connection, and with it every call in flight.
        kestrel.Limits.MinRequestBodyDataRate = null;
        foreach (var (listener, text) in Open(settings))
        {
            var address = ListenAddress.TryParse(text, out var parsed, out var error)
                ? parsed
                : throw new InvalidOperationException($"{text}: {error}");
            Bind(kestrel, address, options =>
            {
                if (listener == Listener.Check && address.SocketPath is not null)
                {
                    var peers = new CheckPeers(settings.CheckPeers, refusals);
                    options.Use(next => connection => peers.RunAsync(next, connection));
                }

                Serve(options, listener, time);
                if (ListenerTls.AppliesTo(listener, address, settings.Tls))
                {
                    options.Protocols = listener == Listener.Console ? HttpProtocols.Http1AndHttp2 : options.Protocols;
                    ListenerTls.Apply(options, listener, settings.Tls, tls, refusals);
                }
            });
        }

        // After the configured listeners, whose addresses are reported in bind order.
        kestrel.Listen(WarmUpTransport.Address, options => Serve(options, Listener.WarmUp, time));
    }

    private static void Serve(Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions options, Listener listener, TimeProvider time)
    {
        options.Protocols = listener is Listener.Console or Listener.Closer or Listener.Relay or Listener.Probe
            ? HttpProtocols.Http1
            : HttpProtocols.Http2;
        if (listener == Listener.Closer)
        {
            options.Use(next => connection => ConnectionDeadline.RunAsync(next, connection, _closerLife, time));
        }

        if (listener == Listener.Relay)
        {
            options.Use(next => connection => ConnectionDeadline.RunAsync(next, connection, _relayHandshake, time));
        }

        options.Use(next =>
            connection =>
            {
                connection.Features.Set(new ListenerFeature(listener));
                return next(connection);
            }
        );
    }

    private static void Bind(
        KestrelServerOptions kestrel,
        ListenAddress address,
        Action<Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions> configure
    )
    {
        switch (address)
        {
            case { SocketPath: { } path }:
                SocketFile.RemoveStale(path);
                kestrel.ListenUnixSocket(path, configure);
                break;
            case { IsLocalhost: true }:
                kestrel.ListenLocalhost(address.Port, configure);
                break;
            case { Host: { } host }:
                kestrel.Listen(host, address.Port, configure);
                break;
            default:
                kestrel.ListenAnyIP(address.Port, configure);
                break;
        }
    }
}
