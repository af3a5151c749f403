using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.WebSockets;

/// <summary>
/// WebSockets refused with a code, through the shipped Envoy configuration: authorized clients reach the upstream, all others the closer,
/// and with an incomplete configuration all clients reach the closer.
/// </summary>
public sealed class WiringTests(WiringServers servers) : IClassFixture<WiringServers>
{
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AnAllowedSocket_ReachesTheUpstream_WhoseChoiceComesBack(EnvoyRelease release)
    {
        var envoy = await servers.EnvoyAsync(release);
        using var socket = await ConnectAsync(
            envoy,
            $"/live/room?b=2&access_token=whatever&a=1&&c",
            $"authsidecar.bearer.{servers.Good}",
            "chat",
            "superchat"
        );

        var seen = JsonSerializer.Deserialize<EchoedRequest>(await Sockets.ReceiveAsync(socket))!;
        await socket.SendAsync(Encoding.UTF8.GetBytes("hello"), WebSocketMessageType.Text, true, default);

        Assert.Equal("hello", await Sockets.ReceiveAsync(socket));
        Assert.Equal("chat", socket.SubProtocol);
        Assert.Equal("/live/room?b=2&a=1&&c", seen.Target);
        Assert.Equal(["chat", "superchat"], seen.Values("sec-websocket-protocol").SelectMany(line => line.Split(", ")));
        Assert.Single(seen.Values("x-authsidecar-caller-subject"));
        Assert.DoesNotContain(seen.Headers, header =>
            header.Name.StartsWith("x-authsidecar-ws-", StringComparison.OrdinalIgnoreCase) || header.Value.Contains(servers.Good)
        );
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ATokenInTheQuery_OpensTheSocket_AndIsCutOut(EnvoyRelease release)
    {
        var envoy = await servers.EnvoyAsync(release);
        using var socket = await ConnectAsync(envoy, $"/live?z=%2F&access_token={servers.Good}&a=b%20c&z=1");

        var seen = JsonSerializer.Deserialize<EchoedRequest>(await Sockets.ReceiveAsync(socket))!;

        Assert.Equal("/live?z=%2F&a=b%20c&z=1", seen.Target);
        Assert.Null(socket.SubProtocol);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ARefusedSocket_GetsItsCode_AndTheUpstreamNothing(EnvoyRelease release)
    {
        var envoy = await servers.EnvoyAsync(release);
        foreach (
            var (token, code, reason) in new[]
            {
                ("", 1008, "missing_credential"),
                ("malformed", 1008, "invalid_token"),
                (servers.Expired, 4001, "token_expired"),
                (servers.Revoked, 4004, "token_revoked"),
                (servers.Narrow, 1008, "insufficient_scope"),
            }
        )
        {
            foreach (
                var (target, subprotocols) in new[]
                {
                    ($"/live?access_token={token}", (string[])["chat"]),
                    ("/live", [$"authsidecar.bearer.{token}", "chat"]),
                }
            )
            {
                using var socket = await ConnectAsync(envoy, target, subprotocols);

                Assert.Equal((code, reason), await ReadCloseAsync(socket));
                Assert.Equal("chat", socket.SubProtocol);
            }
        }

        using var raw = await RawSocket.ConnectAsync(envoy.Port("edge_http"));
        await raw.SendAsync(RawSocket.Handshake("/live", $"Authorization: Bearer {servers.Expired}"));
        var head = RawAnswer.Parse(await raw.HeadAsync());
        await raw.AnswerCloseAsync();

        Assert.Equal((101, "token_expired"), (head.Status, head.Values("x-authsidecar-reason").Single()));
        Assert.Single(head.Values("x-authsidecar-decision-id"));
        Assert.Equal((4001, "token_expired"), RawSocket.ReadClose(await raw.RestAsync()));
        Assert.Empty(servers.Upstream.Requests);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ARefusedSocket_WhoseClientSendsAtOnce_GetsItsCode(EnvoyRelease release)
    {
        var envoy = await servers.EnvoyAsync(release);
        using var raw = await RawSocket.ConnectAsync(envoy.Port("edge_http"));
        await raw.SendAsync(RawSocket.Handshake("/live"));
        _ = await raw.HeadAsync();
        for (var i = 0; i < 10; i++)
        {
            await raw.SendAsync(RawSocket.Frame(2, new byte[16_000]));
        }

        await raw.AnswerCloseAsync();

        Assert.Equal((1008, "missing_credential"), RawSocket.ReadClose(await raw.RestAsync()));
        Assert.Empty(servers.Upstream.Requests);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ForgedClientHeaders_OpenNothing(EnvoyRelease release)
    {
        foreach (
            var wiring in (Wiring[])
                [Wiring.Shipped, Wiring.NothingRemovedEarly, Wiring.NoClearRouteCache, Wiring.DeadSidecarAndFailureModeAllow]
        )
        {
            var envoy = await servers.EnvoyAsync(release, wiring);
            using var raw = await RawSocket.ConnectAsync(envoy.Port("edge_http"));
            await raw.SendAsync(
                RawSocket.Handshake(
                    "/live",
                    $"Authorization: Bearer {servers.Expired}",
                    "x-authsidecar-ws-close: 1000.welcome",
                    "x-authsidecar-ws-allow: allow",
                    "ws: allow",
                    "x-authsidecar-decision: allow"
                )
            );
            var head = await raw.HeadAsync();
            await raw.AnswerCloseAsync();

            Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
            Assert.Equal(
                wiring is Wiring.DeadSidecarAndFailureModeAllow ? (1008, "") : (4001, "token_expired"),
                RawSocket.ReadClose(await raw.RestAsync())
            );
            Assert.Empty(servers.Upstream.Requests);
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task WithoutClearRouteCache_EverySocketEndsAtTheCloser(EnvoyRelease release)
    {
        var envoy = await servers.EnvoyAsync(release, Wiring.NoClearRouteCache);
        using var allowed = await ConnectAsync(envoy, $"/live?access_token={servers.Good}");
        using var refused = await ConnectAsync(envoy, $"/live?access_token={servers.Revoked}");

        Assert.Equal((1008, ""), await ReadCloseAsync(allowed));
        Assert.Equal((4004, "token_revoked"), await ReadCloseAsync(refused));
        Assert.Empty(servers.Upstream.Requests);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task WithFailureModeAllow_AMissingSidecarRoutesToTheCloser(EnvoyRelease release)
    {
        var envoy = await servers.EnvoyAsync(release, Wiring.DeadSidecarAndFailureModeAllow);
        using var socket = await ConnectAsync(envoy, $"/live?access_token={servers.Good}");

        Assert.Equal((1008, ""), await ReadCloseAsync(socket));
        Assert.Empty(servers.Upstream.Requests);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task WithoutTheRoutesMarker_ARefusedSocketIsAnHttpDenial(EnvoyRelease release)
    {
        var envoy = await servers.EnvoyAsync(release, Wiring.NoWsCloser);

        var refused = await HandshakeAsync(envoy, servers.Expired);
        Assert.Empty(servers.Upstream.Requests);
        using var allowed = await ConnectAsync(envoy, $"/live?access_token={servers.Good}");

        Assert.Equal((401, "4001"), (refused.Status, refused.Values("x-ws-close-code").Single()));
        Assert.Contains("/live", await Sockets.ReceiveAsync(allowed));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task WithoutASidecar_ItIs503(EnvoyRelease release)
    {
        var envoy = await servers.EnvoyAsync(release, Wiring.DeadSidecar);

        foreach (var token in (string[])[servers.Good, servers.Expired])
        {
            Assert.Equal(503, (await HandshakeAsync(envoy, token)).Status);
        }

        Assert.Empty(servers.Upstream.Requests);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task WithoutACloser_ARefusedSocketIs503_AndAnAllowedOneOpens(EnvoyRelease release)
    {
        var envoy = await servers.EnvoyAsync(release, Wiring.DeadCloser);

        var refused = await HandshakeAsync(envoy, servers.Expired);
        Assert.Empty(servers.Upstream.Requests);
        using var allowed = await ConnectAsync(envoy, $"/live?access_token={servers.Good}");

        Assert.Equal(503, refused.Status);
        Assert.Contains("/live", await Sockets.ReceiveAsync(allowed));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task UnknownPolicy_Is403(EnvoyRelease release)
    {
        var envoy = await servers.EnvoyAsync(release, Wiring.UnknownPolicy);

        foreach (var token in (string[])[servers.Good, servers.Expired])
        {
            var answer = await HandshakeAsync(envoy, token);

            Assert.Equal((403, "no_policy"), (answer.Status, answer.Values("x-authsidecar-reason").Single()));
        }

        Assert.Empty(servers.Upstream.Requests);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task NonWebSocketRequest_NeverReachesTheUpstream(EnvoyRelease release)
    {
        var envoy = await servers.EnvoyAsync(release);
        string[] halfHandshake =
        [
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 8",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ];
        foreach (
            var (request, headers, token, status) in new[]
            {
                ("GET /live", (string[])[], servers.Good, 426),
                ("GET /live/x", [], servers.Expired, 401),
                ("HEAD /live", [], servers.Good, 426),
                ("POST /live", ["Content-Length: 0"], servers.Good, 426),
                ("GET /live", ["Connection: Upgrade", "Upgrade: foo"], servers.Good, 403),
                ("GET /live", halfHandshake, servers.Expired, 426),
            }
        )
        {
            var answer = await RawHttp.SendAsync(envoy.Port("edge_http"), request, [$"Authorization: Bearer {token}", .. headers]);

            Assert.Equal((request, status), (request, answer.Status));
            Assert.Empty(servers.Upstream.Requests);
        }
    }

    private static Task<RawAnswer> HandshakeAsync(EnvoyServer envoy, string token) =>
        RawHttp.SendAsync(envoy.Port("edge_http"), "GET /live", [.. Sockets.Handshake, $"Authorization: Bearer {token}"]);

    private static async Task<ClientWebSocket> ConnectAsync(EnvoyServer envoy, string target, params string[] subprotocols)
    {
        var socket = new ClientWebSocket();
        foreach (var subprotocol in subprotocols)
        {
            socket.Options.AddSubProtocol(subprotocol);
        }

        await socket.ConnectAsync(new($"ws://127.0.0.1:{envoy.Port("edge_http")}{target}"), default).WaitAsync(TimeSpan.FromSeconds(20));
        return socket;
    }

    private static async Task<(int, string?)> ReadCloseAsync(ClientWebSocket socket)
    {
        var frame = await socket.ReceiveAsync(new byte[1024], default).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(WebSocketMessageType.Close, frame.MessageType);
        return ((int)socket.CloseStatus!, socket.CloseStatusDescription);
    }
}
