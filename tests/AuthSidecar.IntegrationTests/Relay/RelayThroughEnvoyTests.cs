using System.Text.Json.Nodes;
using AuthSidecar.IntegrationTests.Deployment;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Relay;

/// <summary>The shipped relay route, through real Envoys: the handshake passes without a credential, the first message decides.</summary>
public sealed class RelayThroughEnvoyTests
{
    // A port without a listener.
    private const int ClosedPort = 1;

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task TheFirstMessageDecides_AndARevocationReachesTheClient(EnvoyRelease release)
    {
        await using var harness = await StartAsync();
        await using var envoy = await StartAsync(release, harness);
        var port = envoy.Port("edge_http");
        var key = await harness.Seeder.AddKeyAsync("ada", "apps:run");
        using var client = await RelayClient.ConnectAsync(port, "/relay/room?access_token=ask_x&a=1", options =>
        {
            options.SetRequestHeader("Authorization", "Bearer ask_other");
            options.SetRequestHeader("X-AuthSidecar-Caller-Subject", "root");
            options.AddSubProtocol("chat");
        });
        await client.EnterAsync(key.Token);
        var upstream = await harness.Upstream.NextAsync();
        await client.SendTextAsync("hello");

        Assert.Equal("hello", await client.ReceiveTextAsync());
        Assert.Equal("chat", client.Subprotocol);
        Assert.Equal("/relay/room?a=1", upstream.Target);
        Assert.Equal(key.Key.UserId, upstream.Headers["x-authsidecar-caller-subject"]);
        Assert.False(upstream.Headers.ContainsKey("authorization"));

        await harness.Seeder.RevokeAsync(key);
        Assert.Equal((4004, "token_revoked"), await client.ClosedAsync());
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task WhatIsRefused_IsClosedWithItsCode_AndTheApplicationIsNotCalled(EnvoyRelease release)
    {
        await using var harness = await StartAsync();
        await using var envoy = await StartAsync(release, harness);
        var port = envoy.Port("edge_http");
        var revoked = await harness.Seeder.AddKeyAsync("ada", "apps:run");
        await harness.Seeder.RevokeAsync(revoked);
        foreach (
            var (token, code, reason) in new[]
            {
                (revoked.Token, 4004, "token_revoked"),
                ("nonsense", 1008, "invalid_token"),
                (await harness.KeyAsync("llm:invoke"), 1008, "insufficient_scope"),
            }
        )
        {
            using var client = await RelayClient.ConnectAsync(port, "/relay/room");
            Assert.Equal((code, reason), await client.RefusedAsync(token));
        }

        using var silent = await RelayClient.ConnectAsync(port, "/relay/room");
        Assert.Equal((1008, "Auth timeout"), await silent.ClosedAsync());
        using var wrong = await RelayClient.ConnectAsync(port, "/relay/room");
        await wrong.SendTextAsync("hello");
        Assert.Equal((1008, "Invalid JSON"), await wrong.ClosedAsync());
        using var big = await RelayClient.ConnectAsync(port, "/relay/room");
        await big.SendTextAsync(new string(' ', 20_000));
        Assert.Equal((1009, "message_too_big"), await big.ClosedAsync());
        Assert.Equal(426, (await RawHttp.SendAsync(port, "GET /relay/room")).Status);
        Assert.Equal(0, harness.Upstream.Calls);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ClientResetBehindEnvoy_IsDetected(EnvoyRelease release)
    {
        await using var harness = await StartAsync();
        await using var envoy = await StartAsync(release, harness);
        harness.Upstream.Echoes = false;
        var client = await RelayClient.ConnectAsync(envoy.Port("edge_http"), "/relay/room");
        await client.EnterAsync(await harness.KeyAsync());
        var upstream = await harness.Upstream.NextAsync();
        client.Socket.Abort();

        Assert.Equal((1001, "client_gone"), await upstream.ClosedAsync());
        client.Dispose();
    }

    private static Task<RelayHarness> StartAsync() =>
        RelayHarness.StartAsync(settings =>
        {
            settings["Policies"]!["relay-handshake"] = new JsonObject { ["Public"] = true };
            settings["Policies"]!["relay"] = settings["Policies"]!["app"]!.DeepClone();
            settings["Rules"] = JsonNode.Parse("""[{ "Path": "/relay/{**rest}", "Policy": "relay" }]""");
        });

    private static async Task<EnvoyServer> StartAsync(EnvoyRelease release, RelayHarness harness)
    {
        var envoy = await EnvoyServer.StartAsync(
            release,
            EnvoyConfig.OnPorts(
                EnvoyConfig.Patient(ShippedEnvoy.OverTcp),
                (ShippedEnvoy.AdminPort, 0),
                (ShippedEnvoy.ListenerPort, 0),
                (ShippedEnvoy.CheckPort, harness.PortOf(Listener.Check)),
                (ShippedEnvoy.CloserPort, ClosedPort),
                (ShippedEnvoy.RelayPort, harness.Port),
                (ShippedEnvoy.UpstreamPort, harness.Upstream.Port)
            )
        );
        await envoy.WaitUntilHealthyAsync("authsidecar_check");
        return envoy;
    }
}
