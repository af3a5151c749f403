using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.EnvoyFacts;

/// <summary>The handling of WebSocket handshakes.</summary>
public sealed class UpgradeTests(FactsServers servers) : EnvoyFactsTests(servers)
{
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AnAllowedHandshake_OpensASocketThatCarriesFramesBothWays(EnvoyRelease release)
    {
        using var socket = await ConnectAsync(release);
        await Sockets.ReceiveAsync(socket);
        await socket.SendAsync(Encoding.UTF8.GetBytes("hello"), WebSocketMessageType.Text, true, CancellationToken.None);

        Assert.Equal("hello", await Sockets.ReceiveAsync(socket));
        Assert.Single(Servers.Authz.Requests);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ADeniedHandshake_IsItsHttpStatus(EnvoyRelease release)
    {
        var exchange = await SendAsync(release, Answers.Deny(401, "no"), "GET /ws", Sockets.Handshake);

        Assert.Equal((401, "no"), (exchange.Client.Status, exchange.Client.Body));
        Assert.Null(exchange.Upstream);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task UnconfiguredUpgrade_Is403WithoutACheck(EnvoyRelease release)
    {
        string[] other = ["Connection: Upgrade", "Upgrade: foo"];
        foreach (var (target, headers) in new[] { ("GET /v1/x", Sockets.Handshake), ("GET /ws", other) })
        {
            var exchange = await SendAsync(release, Answers.Allow(), target, headers);

            Assert.Equal(403, exchange.Client.Status);
            Assert.True(exchange.Check is null && exchange.Upstream is null);
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AStreamDurationFromTheSidecar_CutsTheSocketAndDoesNotReachTheUpstream(EnvoyRelease release)
    {
        const string name = "x-envoy-upstream-stream-duration-ms";
        var clock = Stopwatch.StartNew();
        using var socket = await ConnectAsync(release, ok => ok.Headers.Add(Answers.Overwrite(name, "1500")));
        await Sockets.ReceiveAsync(socket);

        await Assert.ThrowsAsync<WebSocketException>(() => Sockets.ReceiveAsync(socket));
        Assert.InRange(clock.ElapsedMilliseconds, 1400, 14000);
        Assert.Empty(Servers.Upstream.Requests.Single().Values(name));
    }

    private async Task<ClientWebSocket> ConnectAsync(
        EnvoyRelease release,
        Action<global::Envoy.Service.Auth.V3.OkHttpResponse>? with = null
    )
    {
        var envoy = await Servers.EnvoyAsync(release);
        Servers.Authz.Forget();
        Servers.Upstream.Forget();
        Servers.Authz.Answer = (_, _) => Answers.Allow(with);
        return await Sockets.ConnectAsync(envoy.Port("raw"), "/ws");
    }
}
