using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.SocketLeases;

/// <summary>Open WebSockets through a real Envoy, which reports them in its access log.</summary>
public sealed class SocketCapTests
{
    private const int Cap = 16;

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task SixteenAreOpen_TheNextIs426AndReachesNoUpstream_UntilOneCloses(EnvoyRelease release)
    {
        await using var servers = await SocketServers.StartAsync(release);
        var (ada, bob) = (await servers.AddUserAsync("ada"), await servers.AddUserAsync("bob"));
        var adas = await servers.AddKeyAsync("ada");
        for (var i = 0; i < Cap; i++)
        {
            await servers.OpenAsync(i % 2 == 0 ? ada : adas, i % 4 < 2 ? "/ws/echo" : "/live/echo");
        }

        foreach (var key in new[] { ada, adas })
        {
            var refused = await servers.RefuseAsync(key);
            Assert.Equal(
                (426, "too_many_sockets", "1008"),
                (refused.Status, refused.Values("x-authsidecar-reason").Single(), refused.Values("x-ws-close-code").Single())
            );
        }

        // On routes to the closer the client reads it in the close frame.
        using var closed = await Sockets.ConnectAsync(servers.Port, "/live/echo", ("Authorization", $"Bearer {ada.Token}"));
        Assert.Equal("", await Sockets.ReceiveAsync(closed));
        Assert.Equal(((WebSocketCloseStatus)1008, "too_many_sockets"), (closed.CloseStatus, closed.CloseStatusDescription));

        // Other callers and other requests are unaffected.
        Assert.Equal(Cap, servers.Upstream.Requests.Count);
        await servers.OpenAsync(bob);
        Assert.Equal(200, (await RawHttp.SendAsync(servers.Port, "GET /ws/plain", $"Authorization: Bearer {ada.Token}")).Status);
        Assert.Equal(2, (await SocketServers.MetricsAsync(servers.Decider))["""authsidecar_sockets_refused_total{cap="user"}"""] - 1);

        await SocketServers.CloseAsync(servers.Sockets[3]);
        await servers.OpenWhenThereIsRoomAsync(ada);

        // A client that disconnects releases its lease as well.
        servers.Sockets[4].Abort();
        await servers.OpenWhenThereIsRoomAsync(ada);
        Assert.Equal(426, (await servers.RefuseAsync(ada)).Status);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task FullReplica_RefusesEveryCaller_UntilOneCloses(EnvoyRelease release)
    {
        await using var servers = await SocketServers.StartAsync(release, new() { ["WebSocketsPerReplica"] = 2 });
        var (ada, bob) = (await servers.AddUserAsync("ada"), await servers.AddUserAsync("bob"));
        await servers.OpenAsync(ada);
        await servers.OpenAsync(ada);

        Assert.Equal(426, (await servers.RefuseAsync(bob)).Status);
        Assert.Equal(2, servers.Upstream.Requests.Count);
        Assert.Equal(1, (await SocketServers.MetricsAsync(servers.Decider))["""authsidecar_sockets_refused_total{cap="replica"}"""]);

        await SocketServers.CloseAsync(servers.Sockets[0]);
        await servers.OpenWhenThereIsRoomAsync(bob);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task UpstreamThatRejectsTheUpgrade_LeavesNoLease(EnvoyRelease release)
    {
        await using var servers = await SocketServers.StartAsync(release);
        var ada = await servers.AddUserAsync("ada");

        // A version that the upstream does not support: it answers with a page.
        for (var i = 0; i < 3; i++)
        {
            var answer = await RawHttp.SendAsync(
                servers.Port,
                "GET /ws/echo",
                "Connection: Upgrade, close",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 12",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                $"Authorization: Bearer {ada.Token}"
            );
            Assert.NotEqual(101, answer.Status);
        }

        Assert.Equal(3, servers.Upstream.Requests.Count);
        await SocketServers.UntilOpenAsync(servers.Decider, 0);
        Assert.Equal(0, (await SocketServers.MetricsAsync(servers.Decider))["authsidecar_socket_leases_lapsed_total"]);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task RestartedSidecar_CountsOpenSockets(EnvoyRelease release)
    {
        await using var servers = await SocketServers.StartAsync(release);
        var ada = await servers.AddUserAsync("ada");
        for (var i = 0; i < Cap; i++)
        {
            await servers.OpenAsync(ada);
        }

        await servers.KillAndStartAgainAsync();

        await SocketServers.UntilOpenAsync(servers.Decider, Cap);
        Assert.Equal(Cap, (await SocketServers.MetricsAsync(servers.Decider))["authsidecar_socket_leases_adopted_total"]);
        Assert.Equal(426, (await servers.RefuseAsync(ada)).Status);
        Assert.Equal(Cap, servers.Upstream.Requests.Count);
        foreach (var socket in servers.Sockets)
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes("still here"), WebSocketMessageType.Text, true, CancellationToken.None);
            Assert.Equal("still here", await Sockets.ReceiveAsync(socket));
        }

        await SocketServers.CloseAsync(servers.Sockets[0]);
        await servers.OpenWhenThereIsRoomAsync(ada);
    }

    [RequiresTheory("redis"), NewestEnvoy, OldestEnvoy]
    public async Task LogAtAnotherReplica_UpdatesTheGrantingReplica(EnvoyRelease release)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var servers = await SocketServers.StartHereAsync(release, redis);
        var ada = await servers.AddUserAsync("ada");
        for (var i = 0; i < Cap; i++)
        {
            await servers.OpenAsync(ada);
        }

        // Each more than once.
        await servers.UntilLoggedAsync((3 * Cap) + 1);
        Assert.Equal((Cap, 0), (await SocketServers.CountAsync(servers.Decider), await SocketServers.CountAsync(servers.Receiver)));
        Assert.Equal(426, (await servers.RefuseAsync(ada)).Status);
        Assert.Equal(Cap, servers.Upstream.Requests.Count);

        await SocketServers.CloseAsync(servers.Sockets[0]);
        await servers.OpenWhenThereIsRoomAsync(ada);

        // The replica that granted them receives the release.
        foreach (var socket in servers.Sockets.Skip(1).Take(10))
        {
            await SocketServers.CloseAsync(socket);
        }

        await SocketServers.UntilOpenAsync(servers.Decider, Cap - 10);
        Assert.Equal(0, await SocketServers.CountAsync(servers.Receiver));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task EnvoyThatIsKilled_LeavesSocketsThatLapse(EnvoyRelease release)
    {
        await using var servers = await SocketServers.StartHereAsync(release);
        var ada = await servers.AddUserAsync("ada");
        await servers.OpenAsync(ada);
        await servers.OpenAsync(ada);
        await servers.UntilLoggedAsync(5);

        await servers.KillEnvoyAsync();

        Assert.Equal(2, await SocketServers.CountAsync(servers.Decider));
        await Eventually.TrueAsync(
            async () =>
            {
                // Repeated, in case a last message was on its way.
                servers.Time.Advance(TimeSpan.FromSeconds(90));
                return await SocketServers.CountAsync(servers.Decider) == 0;
            },
            "sockets without a sidecar lapse"
        );
        Assert.True((await SocketServers.MetricsAsync(servers.Decider))["authsidecar_socket_leases_lapsed_total"] >= 2);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task SidecarThatIsStopped_DoesNotWaitForTheLogOfOpenSockets(EnvoyRelease release)
    {
        await using var servers = await SocketServers.StartAsync(release);
        var ada = await servers.AddUserAsync("ada");
        var socket = await servers.OpenAsync(ada);
        await servers.UntilLoggedAsync(2);

        var clock = Stopwatch.StartNew();
        servers.Process.Terminate();

        // Otherwise stopping would take as long as the host's shutdown timeout, 15 s.
        Assert.Equal(0, await servers.Process.ExitAsync());
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(12), $"{clock.Elapsed}");
        Assert.DoesNotContain("Error", servers.Process.Output, StringComparison.Ordinal);
        await socket.SendAsync(Encoding.UTF8.GetBytes("still here"), WebSocketMessageType.Text, true, CancellationToken.None);
        Assert.Equal("still here", await Sockets.ReceiveAsync(socket));
    }
}
