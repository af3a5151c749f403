using System.Diagnostics;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>The health check of the compose file, run verbatim against a real Envoy whose sidecar starts and stops.</summary>
public sealed class ComposeHealthTests
{
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task Healthy_WhileTheSidecarIsServing(EnvoyRelease release)
    {
        await using var servers = await ShippedServers.StartAsync(release);

        Assert.True(IsHealthy(servers));
        servers.Sidecar.IsServing(false);
        await WaitAsync(() => !IsHealthy(servers), "Still healthy, though the sidecar serves no longer.");

        servers.Sidecar.Answer = (_, _) => Answers.Allow();
        var client = await RawHttp.SendAsync(servers.Port, "GET /app");
        Assert.Equal((503, ""), (client.Status, client.Body));
        Assert.Empty(servers.Sidecar.Requests);
        Assert.Empty(servers.Upstream.Requests);
    }

    private static bool IsHealthy(ShippedServers servers)
    {
        var test = Yaml.Parse(Repository.Text("docker-compose.yml"))["services"]["envoy"]["healthcheck"]["test"].Texts;
        Assert.Equal("CMD", test[0]);
        Assert.Contains($"/dev/tcp/127.0.0.1/{ShippedEnvoy.AdminPort}", test[^1]);
        Assert.Contains($"authsidecar_check::{ShippedEnvoy.CheckSocket}::", test[^1]);

        var script = test[^1]
            .Replace($"/{ShippedEnvoy.AdminPort}", $"/{servers.Envoy.Admin.Port}")
            .Replace($"::{ShippedEnvoy.CheckSocket}::", $"::127.0.0.1:{servers.Sidecar.Port}::");
        return Programs.Run(test[1], [.. test.Skip(2).SkipLast(1), script]).ExitCode == 0;
    }

    private static async Task WaitAsync(Func<bool> condition, string otherwise)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), otherwise);
            await Task.Delay(100);
        }
    }
}
