using System.Net;
using AuthSidecar.Access.Credentials;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Access.Upstream;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using Microsoft.AspNetCore.Http.Features;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>
/// Builds the request to decide on from a handshake and the token of its first message. Other headers that could hold a credential are
/// skipped.
/// </summary>
internal static class RelayRequest
{
    /// <param name="http">The handshake.</param>
    /// <param name="token">The one credential.</param>
    /// <param name="address">The client address for failure counting; empty: none.</param>
    public static InboundRequest Read(HttpContext http, string token, string address)
    {
        var headers = new RequestHeaders();
        foreach (var (name, values) in http.Request.Headers)
        {
            var lower = name.ToLowerInvariant();
            var known = KnownHeaders.Find(lower);
            if (known != KnownHeader.None && !IsSkipped(known))
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
            Target = Query.Cut(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, parameter =>
                parameter.Is(QueryToken.AccessToken)
            ),
            Headers = headers,
            PeerAddress = address,
        };
    }

    /// <summary>The same request for a reauthorization, without an address: a failure then is no login attempt.</summary>
    public static InboundRequest Again(InboundRequest request) =>
        new()
        {
            Method = request.Method,
            Host = request.Host,
            Target = request.Target,
            Headers = request.Headers,
        };

    /// <summary>
    /// The client address that Envoy saw: Envoy appends its peer's, so anything that a client wrote comes before it. For a peer that may
    /// not be Envoy, the connection's own address.
    /// </summary>
    /// <param name="http">The handshake.</param>
    /// <param name="source">The configured source of client addresses.</param>
    /// <param name="trustsNetwork">Whether only Envoy can connect from other machines.</param>
    public static string AddressOf(HttpContext http, ClientAddressSource source, bool trustsNetwork)
    {
        var peer = http.Connection.RemoteIpAddress;
        if (!trustsNetwork && peer is not null && !IPAddress.IsLoopback(peer) && http.Connection.ClientCertificate is null)
        {
            return peer.ToString();
        }

        var headers = http.Request.Headers;
        if (
            source == ClientAddressSource.XEnvoyExternalAddress
            && headers["x-envoy-external-address"].LastOrDefault() is { Length: > 0 } external
        )
        {
            return external;
        }

        var forwarded = headers["x-forwarded-for"].LastOrDefault() ?? "";
        var last = forwarded[(forwarded.LastIndexOf(',') + 1)..].Trim();
        return last.Length > 0 ? last : peer?.ToString() ?? "";
    }

    // Subprotocols belong to the handshake, and AddressOf reads the address.
    private static bool IsSkipped(KnownHeader header) =>
        header
            is KnownHeader.Authorization
                or KnownHeader.ProxyAuthorization
                or KnownHeader.XApiKey
                or KnownHeader.ApiKey
                or KnownHeader.XGoogApiKey
                or KnownHeader.Token
                or KnownHeader.CoderToken
                or KnownHeader.SecWebSocketProtocol
                or KnownHeader.ExternalAddress;
}
