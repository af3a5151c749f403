using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.EnvoyFacts;

/// <summary>Paths that Envoy normalizes, rejects, and leaves to the sidecar.</summary>
public sealed class PathTests(FactsServers servers) : EnvoyFactsTests(servers)
{
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task Normalised_BeforeRouteSidecarAndUpstream(EnvoyRelease release)
    {
        foreach (
            var (sent, seen) in new[]
            {
                ("//v1/a", "/v1/a"),
                ("/v1/./a", "/v1/a"),
                ("/v1/a/%2E%2E/b", "/v1/b"),
                ("/x/%2e%2e/v1/b", "/v1/b"),
                ("/v1\\a", "/v1/a"),
                ("http://evil/v1/x", "/v1/x"),
            }
        )
        {
            var exchange = await SendAsync(release, Answers.Allow(), $"GET {sent}");

            Assert.Equal((sent, seen, seen), (sent, exchange.Check?.Attributes.Request.Http.Path, exchange.Upstream?.Target));
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task RefusedByEnvoy_WithoutACheck(EnvoyRelease release)
    {
        foreach (var path in new[] { "/v1/a%2fb", "/v1/a%5cb", "/v1/a%00b", "/v1/a#b" })
        {
            var exchange = await SendAsync(release, Answers.Allow(), $"GET {path}");

            Assert.Equal((path, 400), (path, exchange.Client.Status));
            Assert.True(exchange.Check is null && exchange.Upstream is null, path);
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task LeftToTheSidecar_AsTheyAre(EnvoyRelease release)
    {
        foreach (var path in new[] { "/v1/%zz", "/v1/a;b" })
        {
            Assert.Equal(path, (await SendAsync(release, Answers.Allow(), $"GET {path}")).Check!.Attributes.Request.Http.Path);
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task DotSegmentsWithParameters_AreDotSegmentsOnlyInNewerReleases(EnvoyRelease release)
    {
        var exchange = await SendAsync(release, Answers.Allow(), "GET /v1/a/..;/x");

        Assert.Equal(release is EnvoyRelease.Newest ? "/v1/x" : "/v1/a/..;/x", exchange.Check!.Attributes.Request.Http.Path);
    }
}
