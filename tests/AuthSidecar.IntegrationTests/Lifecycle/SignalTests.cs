using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>Signals of the process.</summary>
public sealed class SignalTests : IDisposable
{
    private readonly SidecarSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task SecondSignal_EndsTheDrain(string signal)
    {
        _sandbox.Settings["Shutdown"]!["DrainSeconds"] = 300;
        _sandbox.Save();
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);

        Send(sidecar, "TERM");
        await SeeAsync(sidecar, "Draining");
        Send(sidecar, signal);

        // Waits a minute at most.
        Assert.Equal(0, await sidecar.ExitAsync());
        Assert.Contains("Drain ended by a second signal", sidecar.Output, StringComparison.Ordinal);
    }

    /// <summary>The warm-up takes longer than the delays, which need not hit it: each ending is silent.</summary>
    [Fact]
    public async Task SignalDuringTheStart_EndsItWithoutATrace()
    {
        _sandbox.Settings["WarmUp"]!["MaxSeconds"] = 60;
        _sandbox.Save();
        foreach (var delay in new[] { 0.3, 0.6, 0.9, 1.2, 2 })
        {
            var (exitCode, output) = await SidecarProcess.StopDuringStartAsync(_sandbox, TimeSpan.FromSeconds(delay));

            Assert.True(exitCode is 0 or 143, $"{delay}: {exitCode}\n{output}");
            Assert.DoesNotContain("xception", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Hangup_Reloads()
    {
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);

        Send(sidecar, "HUP");
        await SeeAsync(sidecar, "Configuration reloaded");

        Assert.False(sidecar.HasExited);
        await File.WriteAllTextAsync(_sandbox.ConfigFile, "{");
        Send(sidecar, "HUP");
        await SeeAsync(sidecar, "Configuration reload rejected");
        Assert.False(sidecar.HasExited);
    }

    [Fact]
    public async Task Text_IsTheFormatOfEveryLine()
    {
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox, "sidecar", "--Telemetry:LogFormat=text");

        Send(sidecar, "HUP");
        await SeeAsync(sidecar, "Configuration reloaded");

        Assert.All(sidecar.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line != sidecar.ReadyLine), line =>
            Assert.Matches(@"^\d\d:\d\d:\d\d\.\d{3} \w+ ", line)
        );
    }

    private static void Send(SidecarProcess sidecar, string signal) => Programs.Run("/bin/kill", [$"-{signal}", $"{sidecar.Id}"]);

    private static async Task SeeAsync(SidecarProcess sidecar, string text)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!sidecar.Output.Contains(text, StringComparison.Ordinal))
        {
            await Task.Delay(20, patience.Token);
        }
    }
}
