using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace AuthSidecar.Administration.Web;

/// <summary>
/// Client address and scheme as reported by the proxies of <c>Console:TrustedProxies</c>; of others nothing counts. The client is the last
/// address of <c>X-Forwarded-For</c> that is no such proxy: what a client writes itself stands before it. <c>x-envoy-external-address</c>
/// counts from an Envoy that appends to no <c>X-Forwarded-For</c>; beside one, a proxy may have passed it through.
/// </summary>
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
                var headers = http.Request.Headers;
                if (
                    !headers.ContainsKey(options.ForwardedForHeaderName)
                    && headers[EnvoyAddress] is { Count: 1 } values
                    && IPAddress.TryParse(values[0], out var client)
                )
                {
                    headers[options.ForwardedForHeaderName] = client.ToString();
                }

                return next(http);
            }
        );
        console.UseForwardedHeaders(options);
    }

    private static IPNetwork Network(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.Parse(text) is var address ? new(address, address.GetAddressBytes().Length * 8)
        : default;
}
