using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>SIGTERM under load, observed by clients of a real Envoy.</summary>
public sealed class DrainTests : IDisposable
{
    // Longer than Envoy's detection time: two intervals of one second.
    private const int DrainSeconds = 5;
    private readonly SidecarSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [RequiresFact("envoy")]
    public async Task OneOfTwoReplicasStops_NotOneRequestFails_ThenTheOther_Only503()
    {
        _sandbox.Settings["Shutdown"]!["DrainSeconds"] = DrainSeconds;
        _sandbox.Save();
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        await seeder.AddUserAsync("ada");
        var key = await seeder.AddKeyAsync("ada", "apps:run");
        await using var first = await SidecarProcess.StartAsync(_sandbox, "first");
        await using var second = await SidecarProcess.StartAsync(_sandbox, "second");
        await using var front = await FrontProxy.StartAsync(first, second);
        using var load = SteadyLoad.Start(front.Port, key.Token);
        await load.SeeAsync(200, 500);

        first.Terminate();
        Assert.Equal(0, await first.ExitAsync());
        await load.SeeAsync(200, 500);

        Assert.All(load.Answers, answer => Assert.True(answer.Status == 200, $"{answer}"));
        Assert.Contains("\"decision\":\"allow\"", first.Output, StringComparison.Ordinal);
        Assert.Contains("\"decision\":\"allow\"", second.Output, StringComparison.Ordinal);

        second.Terminate();
        Assert.Equal(0, await second.ExitAsync());
        await load.SeeAsync(503, 100);
        var answers = await load.StopAsync();

        Assert.All(answers, answer => Assert.True(answer.Status is 200 or 503, $"{answer}"));
        var firstRefusal = answers.Where(answer => answer.Status == 503).Min(answer => answer.At);
        Assert.All(answers.Where(answer => answer.At > firstRefusal + TimeSpan.FromSeconds(DrainSeconds)), answer =>
            Assert.Equal(503, answer.Status)
        );
        Assert.Equal(answers.Count(answer => answer.Status == 200), front.Upstream.Requests.Count);
    }
}
