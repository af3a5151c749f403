using System.Diagnostics;

namespace AuthSidecar.IntegrationTests.Relay;

/// <summary>A sidecar that stops, with sockets open.</summary>
public sealed class ShutdownTests
{
    private const int Sockets = 20;

    [Fact]
    public async Task BothEndsHear1001_AndWhoeverDoesNotListenIsCut()
    {
        await using var lab = await RelayLab.StartAsync();
        lab.Upstream.Echoes = false;
        var token = await lab.KeyAsync();
        var (client, upstream) = await lab.OpenAsync(token);
        using var polite = client;
        var ends = (Client: client.ClosedAsync(), Upstream: upstream.ClosedAsync());
        using var waiting = await lab.ConnectAsync();
        var waitingEnd = waiting.ClosedAsync();
        var deaf = new List<RelayClient>();
        for (var number = 0; number < Sockets; number++)
        {
            var (deafClient, _) = await lab.OpenAsync(token);
            deaf.Add(deafClient);
        }

        var clock = Stopwatch.StartNew();
        await lab.StopAsync();

        // Well before the host would give up.
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(14));
        Assert.Equal((1001, "going_away"), await ends.Client);
        Assert.Equal((1001, "going_away"), await ends.Upstream);
        Assert.Equal((1001, "going_away"), await waitingEnd);
        Assert.Equal(0, lab.Sockets.ActiveConnections);
        deaf.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task DuringTheDrain_SocketsGoOnAndNewOnesOpen()
    {
        await using var lab = await RelayLab.StartAsync(settings => settings["Shutdown"]!["DrainSeconds"] = 3);
        var token = await lab.KeyAsync();
        var (client, _) = await lab.OpenAsync(token);
        using var opened = client;
        var stopping = lab.StopAsync();
        var (late, _) = await lab.OpenAsync(token);
        using var second = late;
        foreach (var socket in new[] { client, late })
        {
            await socket.SayAsync("still here");
            Assert.Equal("still here", await socket.HearAsync());
        }

        Assert.Equal((1001, "going_away"), await client.ClosedAsync());
        Assert.Equal((1001, "going_away"), await late.ClosedAsync());
        await stopping;
    }
}
