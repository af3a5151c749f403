using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace AuthSidecar.Administration.Web;

/// <summary>Client address and scheme as reported by the proxies of <c>Console:TrustedProxies</c>; of others nothing counts.</summary>
internal static class ProxyHeaders
{
    private const string EnvoyAddress = "x-envoy-external-address";

    public static void UseProxyHeaders(this IApplicationBuilder console)
    {
        var networks = console.ApplicationServices.GetRequiredService<ConsoleOptions>().TrustedProxies.Select(Network).ToList();
        if (networks.Count == 0)
        {
            return;
        }

        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        networks.ForEach(options.KnownIPNetworks.Add);
        console.Use(
            (http, next) =>
            {
                if (http.Connection.RemoteIpAddress is { } peer && networks.Exists(network => network.Contains(Plain(peer))))
                {
                    http.Features.Set(new TrustedPeer());
                }

                return next(http);
            }
        );
        console.UseForwardedHeaders(options);
        console.Use(
            (http, next) =>
            {
                // Envoy's own view of the client, which also covers several proxies before it.
                if (
                    http.Features.Get<TrustedPeer>() is not null
                    && http.Request.Headers[EnvoyAddress] is { Count: 1 } values
                    && IPAddress.TryParse(values[0], out var client)
                )
                {
                    http.Connection.RemoteIpAddress = client;
                }

                return next(http);
            }
        );
    }

    private static IPNetwork Network(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.Parse(text) is var address ? new(address, address.GetAddressBytes().Length * 8)
        : default;

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private sealed record TrustedPeer;
}
