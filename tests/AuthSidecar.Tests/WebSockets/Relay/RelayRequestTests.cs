using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.WebSockets.Relay;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AuthSidecar.Tests.WebSockets.Relay;

/// <summary>The request that a handshake is decided as, its client address, and the upstream of an allowed socket.</summary>
public sealed class RelayRequestTests
{
    [Theory]
    [InlineData(false, null, null, "192.0.2.1")]
    [InlineData(false, "10.0.0.1", null, "10.0.0.1")]
    [InlineData(false, "9.9.9.9, 10.0.0.1", "10.0.0.9", "10.0.0.1")]
    [InlineData(false, " ", null, "192.0.2.1")]
    [InlineData(true, "10.0.0.1", "10.0.0.9", "10.0.0.9")]
    [InlineData(true, "9.9.9.9,10.0.0.1", null, "10.0.0.1")]
    [InlineData(true, null, "", "192.0.2.1")]
    public void TheAddress_IsTheOneThatEnvoySaw(bool isExternal, string? forwarded, string? external, string expected)
    {
        var http = new DefaultHttpContext { Connection = { RemoteIpAddress = System.Net.IPAddress.Parse("192.0.2.1") } };
        http.Request.Headers["x-forwarded-for"] = forwarded;
        http.Request.Headers["x-envoy-external-address"] = external;

        Assert.Equal(
            expected,
            RelayRequest.AddressOf(
                http,
                isExternal ? ClientAddressSource.XEnvoyExternalAddress : ClientAddressSource.Peer,
                trustsNetwork: true
            )
        );
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("127.0.0.1", "10.0.0.1")]
    [InlineData("::1", "10.0.0.1")]
    [InlineData(null, "10.0.0.1")]
    public void UnverifiedPeer_IsNotTrusted(string? peer, string expected)
    {
        var http = new DefaultHttpContext { Connection = { RemoteIpAddress = peer is null ? null : System.Net.IPAddress.Parse(peer) } };
        http.Request.Headers["x-forwarded-for"] = "10.0.0.1";
        http.Request.Headers["x-envoy-external-address"] = "10.0.0.1";

        Assert.Equal(expected, RelayRequest.AddressOf(http, ClientAddressSource.Peer, trustsNetwork: false));
        Assert.Equal(expected, RelayRequest.AddressOf(http, ClientAddressSource.XEnvoyExternalAddress, trustsNetwork: false));
    }

    [Fact]
    public void OfTheHandshake_OnlyTheTokenIsACredential()
    {
        var http = new DefaultHttpContext();
        http.Features.Get<IHttpRequestFeature>()!.RawTarget = "/x?access_token=a&a=1&%61ccess_token=b";
        http.Request.Method = "GET";
        foreach (
            var name in new[]
            {
                "Authorization",
                "X-Api-Key",
                "Api-Key",
                "X-Goog-Api-Key",
                "Proxy-Authorization",
                "X-AuthSidecar-Token",
                "X-Coder-AI-Governance-Token",
                "Sec-WebSocket-Protocol",
            }
        )
        {
            http.Request.Headers[name] = "other";
        }

        http.Request.Headers.Upgrade = "websocket";
        http.Request.Headers["X-AuthSidecar-Gateway-Key"] = "judged";
        http.Request.Headers["x_authsidecar_caller_subject"] = "root";

        var request = RelayRequest.Read(http, "the-token", "10.0.0.1");

        Assert.Equal("Bearer the-token", request.Headers[KnownHeader.Authorization]);
        Assert.False(request.Headers.IsRepeated(KnownHeader.Authorization));
        Assert.Equal(
            [KnownHeader.Authorization, KnownHeader.GatewayKey, KnownHeader.Upgrade],
            Enum.GetValues<KnownHeader>().Where(request.Headers.Has)
        );
        Assert.Equal(["x_authsidecar_caller_subject"], request.Headers.Forged);
        Assert.Equal("/x?a=1", request.Target);
        Assert.Null(request.PolicyName);
        Assert.Equal("10.0.0.1", request.PeerAddress);
        Assert.Equal("", RelayRequest.Again(request).PeerAddress);
    }

    [Theory]
    [InlineData("ws://app:9100", "/a%2F?b=1", null, "ws://app:9100/a%2F?b=1")]
    [InlineData("ws://app:9100/", "/a?key=x&b=1", "/a?b=1", "ws://app:9100/a?b=1")]
    [InlineData("wss://app/live", "/a", null, "wss://app/live")]
    [InlineData("wss://app/live", "/a?key=x&b=1", "/a?b=1", "wss://app/live?b=1")]
    [InlineData("ws://app", "/@evil/", null, "ws://app/@evil/")]
    [InlineData("ws://app", "/a//../b", null, "ws://app/a//../b")]
    public void Upstream_IsThePolicys(string relay, string target, string? edited, string expected)
    {
        var edits = new UpstreamEdits();
        if (edited is not null)
        {
            edits.SetTarget(edited);
        }

        var uri = UpstreamTarget.Of(
            relay,
            new()
            {
                Method = "GET",
                Host = "evil",
                Target = target,
                Headers = new(),
            },
            edits
        );

        Assert.Equal(expected, $"{uri.Scheme}://{uri.Authority}{uri.PathAndQuery}");
    }
}
