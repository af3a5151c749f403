using System.Net;
using AuthSidecar.Credentials;
using AuthSidecar.Paths;
using AuthSidecar.Pipeline;
using AuthSidecar.Policies;
using AuthSidecar.Upstream;
using Microsoft.AspNetCore.Http.Features;

namespace AuthSidecar.Relay;

/// <summary>From a handshake and the token of its first message to the question that the steps answer. Whatever else of the handshake could be a credential is passed over.</summary>
internal static class RelayRequest
{
    /// <param name="http">The handshake.</param>
    /// <param name="token">The one credential.</param>
    /// <param name="address">Whose failures are counted; empty: nobody's.</param>
    public static InboundRequest Read(HttpContext http, string token, string address)
    {
        var headers = new RequestHeaders();
        foreach (var (name, values) in http.Request.Headers)
        {
            var lower = name.ToLowerInvariant();
            var known = KnownHeaders.Find(lower);
            if (known != KnownHeader.None && !IsPassedOver(known))
            {
                foreach (var value in values)
                {
                    headers.Add(known, value ?? "");
                }
            }
            else if (known == KnownHeader.None)
            {
                ClientHeaders.Sort(headers, lower);
            }
        }

        headers.Add(KnownHeader.Authorization, $"Bearer {token}");
        return new()
        {
            Method = http.Request.Method,
            Host = http.Request.Host.Value ?? "",
            Target = Query.Cut(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, parameter => parameter.Is(QueryToken.AccessToken)),
            Headers = headers,
            PeerAddress = address,
        };
    }

    /// <summary>The same for judging the open socket again, which is no attempt of anybody's to log in.</summary>
    public static InboundRequest Again(InboundRequest request) => new()
    {
        Method = request.Method,
        Host = request.Host,
        Target = request.Target,
        Headers = request.Headers,
    };

    /// <summary>The address that Envoy saw: it appends that of its peer, so what a client wrote stands before it. Of whoever may not be an Envoy only the connection counts.</summary>
    /// <param name="http">The handshake.</param>
    /// <param name="source">Which address it is.</param>
    /// <param name="trustsNetwork">Whether only Envoy can come from elsewhere.</param>
    public static string AddressOf(HttpContext http, ClientAddressSource source, bool trustsNetwork)
    {
        var peer = http.Connection.RemoteIpAddress;
        if (!trustsNetwork && peer is not null && !IPAddress.IsLoopback(peer) && http.Connection.ClientCertificate is null)
        {
            return peer.ToString();
        }

        var headers = http.Request.Headers;
        if (source == ClientAddressSource.XEnvoyExternalAddress && headers["x-envoy-external-address"].LastOrDefault() is { Length: > 0 } external)
        {
            return external;
        }

        var forwarded = headers["x-forwarded-for"].LastOrDefault() ?? "";
        var last = forwarded[(forwarded.LastIndexOf(',') + 1)..].Trim();
        return last.Length > 0 ? last : peer?.ToString() ?? "";
    }

    // Subprotocols are the handshake's own business, and the address is found above.
    private static bool IsPassedOver(KnownHeader header) => header
        is KnownHeader.Authorization or KnownHeader.ProxyAuthorization or KnownHeader.XApiKey or KnownHeader.ApiKey or KnownHeader.XGoogApiKey
        or KnownHeader.Token or KnownHeader.CoderToken or KnownHeader.SecWebSocketProtocol or KnownHeader.ExternalAddress;
}
