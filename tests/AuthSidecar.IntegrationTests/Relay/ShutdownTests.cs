using System.Diagnostics;

namespace AuthSidecar.IntegrationTests.Relay;

/// <summary>A sidecar that stops while WebSockets are open.</summary>
public sealed class ShutdownTests
{
    private const int Sockets = 20;

    [Fact]
    public async Task BothEndsAreClosedWith1001_AndUnresponsiveOnesAreCut()
    {
        await using var harness = await RelayHarness.StartAsync();
        harness.Upstream.Echoes = false;
        var token = await harness.KeyAsync();
        var (client, upstream) = await harness.OpenAsync(token);
        using var polite = client;
        var ends = (Client: client.ClosedAsync(), Upstream: upstream.ClosedAsync());
        using var waiting = await harness.ConnectAsync();
        var waitingEnd = waiting.ClosedAsync();
        var deaf = new List<RelayClient>();
        for (var number = 0; number < Sockets; number++)
        {
            var (deafClient, _) = await harness.OpenAsync(token);
            deaf.Add(deafClient);
        }

        var clock = Stopwatch.StartNew();
        await harness.StopAsync();

        // Well before the host's shutdown timeout.
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(14));
        Assert.Equal((1001, "going_away"), await ends.Client);
        Assert.Equal((1001, "going_away"), await ends.Upstream);
        Assert.Equal((1001, "going_away"), await waitingEnd);
        Assert.Equal(0, harness.Sockets.ActiveConnections);
        deaf.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task DuringTheDrain_WebSocketsContinueAndNewOnesOpen()
    {
        await using var harness = await RelayHarness.StartAsync(settings => settings["Shutdown"]!["DrainSeconds"] = 3);
        var token = await harness.KeyAsync();
        var (client, _) = await harness.OpenAsync(token);
        using var opened = client;
        var stopping = harness.StopAsync();
        var (late, _) = await harness.OpenAsync(token);
        using var second = late;
        foreach (var socket in new[] { client, late })
        {
            await socket.SendTextAsync("still here");
            Assert.Equal("still here", await socket.ReceiveTextAsync());
        }

        Assert.Equal((1001, "going_away"), await client.ClosedAsync());
        Assert.Equal((1001, "going_away"), await late.ClosedAsync());
        await stopping;
    }
}
