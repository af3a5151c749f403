using System.Net;
using System.Text.Json.Nodes;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.RateLimiting;

/// <summary>A sidecar whose Redis rejects its password.</summary>
public sealed class RefusedLoginTests
{
    private const string Secret = "very-secret-and-wrong";

    [RequiresTheory("redis")]
    [InlineData(",password=" + Secret, "WRONGPASS")]
    [InlineData("", "NOAUTH")]
    public async Task ReadinessLogAndMetric_NameIt_AndTheSidecarIsReady(string login, string problem)
    {
        await using var redis = await RedisServer.StartAsync("--requirepass", "right");
        using var sandbox = new SidecarSandbox();
        sandbox.Settings["Redis"] = new JsonObject { ["ConnectionString"] = redis.Address + login };
        sandbox.Save();
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        using var http = new HttpClient();

        using var ready = await http.GetAsync(new Uri(sidecar.Console, "/readyz"));

        Assert.Equal(
            (HttpStatusCode.OK, $"ready\nredis: refused: {problem}\n"),
            (ready.StatusCode, await ready.Content.ReadAsStringAsync())
        );
        var metrics = (await http.GetStringAsync(new Uri(sidecar.Console, "/metrics")))
            .Split('\n')
            .Where(line => line.StartsWith("authsidecar_redis_", StringComparison.Ordinal))
            .ToList();
        Assert.Contains(metrics, line => line.StartsWith("authsidecar_redis_up{} 0", StringComparison.Ordinal));
        Assert.Contains(metrics, line =>
            line.StartsWith($$"""authsidecar_redis_failures_total{reason="{{problem.ToLowerInvariant()}}"}""", StringComparison.Ordinal)
        );
        await Eventually.TrueAsync(
            () => Task.FromResult((sidecar.Errors + sidecar.Output).Contains($"({problem})", StringComparison.Ordinal)),
            "it is logged"
        );
        Assert.DoesNotContain(Secret, sidecar.Errors + sidecar.Output, StringComparison.Ordinal);

        await redis.ReplyAsync("AUTH right\r\nCONFIG SET requirepass " + (login.Length > 0 ? Secret : "\"\""));
        await Eventually.TrueAsync(
            async () => await http.GetStringAsync(new Uri(sidecar.Console, "/readyz")) == "ready\n",
            "the detail goes"
        );
    }
}
