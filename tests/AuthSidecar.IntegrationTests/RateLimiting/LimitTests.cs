using System.Text.Json.Nodes;
using AuthSidecar.Administration.Keys;
using AuthSidecar.IntegrationTests.Deployment;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.RateLimiting;

/// <summary>One real sidecar without Redis.</summary>
public sealed class LimitTests
{
    [Fact]
    public async Task Companion_CountsOnce_AndASecondPhaseNotAtAll()
    {
        await using var replicas = await Replicas.StartAsync(1, null, new() { ["DefaultPermits"] = 3 }, new() { ["shared"] = null });
        var client = replicas.Clients[0];
        var id = replicas.Key.Key.Id;

        Assert.Equal("allow", await client.CompanionAsync(id));
        Assert.Equal("allow", await client.CompanionAsync(id, "gpt-5"));
        Assert.Equal("allow", await client.DirectAsync(replicas.Key.Token, "shared"));
        Assert.Equal("allow", await client.DelegatedAsync(id, "shared"));

        Assert.Equal("ResourceExhausted rate_limited retry=True", await client.CompanionAsync(id));
        Assert.Equal("rate_limited", await client.DirectAsync(replicas.Key.Token, "shared"));
        Assert.Equal("rate_limited", await client.DelegatedAsync(id, "shared"));
        Assert.Equal("allow", await client.CompanionAsync(id, "gpt-5"));
    }

    [Fact]
    public async Task FloodOfInvalidKeys_DeniesNoAuthenticatedKey()
    {
        // No cache, so that each valid request is a lookup.
        await using var replicas = await Replicas.StartAsync(
            1,
            null,
            new() { ["FailedAuthPerMinute"] = 5, ["DefaultPermits"] = 0 },
            new() { ["shared"] = null },
            new() { ["PositiveTtl"] = "00:00:00" }
        );
        var client = replicas.Clients[0];
        Assert.Equal("allow", await client.DirectAsync(replicas.Key.Token, "shared"));

        var bad = new List<string>();
        for (var i = 0; i < 50; i++)
        {
            for (var flood = 0; flood < 10; flood++)
            {
                bad.Add(await client.DirectAsync(KeyToken.Generate(TokenFamily.Ask), "shared"));
            }

            Assert.Equal("allow", await client.DirectAsync(replicas.Key.Token, "shared"));
            Assert.Equal("allow", await client.DelegatedAsync(replicas.Key.Key.Id, "shared"));
            Assert.Equal("invalid_token", await client.DirectAsync("nonsense", "shared"));
        }

        Assert.Equal(5, bad.Count(answer => answer == "invalid_token"));
        Assert.Equal(495, bad.Count(answer => answer == "too_many_failures"));
    }

    [RequiresTheory("envoy")]
    [NewestEnvoy]
    [OldestEnvoy]
    public async Task Envoy_MergesTheLimitsHeadersIntoThePreparedAnswer(EnvoyRelease release)
    {
        await using var replicas = await Replicas.StartAsync(
            1,
            null,
            [],
            new()
            {
                ["app"] = new JsonObject { ["Permits"] = 3, ["Window"] = "01:00:00" },
            }
        );
        await using var upstream = await EchoUpstream.StartAsync();
        var config = EnvoyConfig.OnPorts(
            EnvoyConfig.Patient(ShippedEnvoy.OfManyClients),
            (9901, 0),
            (8080, 0),
            (9001, replicas.Sidecars[0].Check.Port),
            (9100, upstream.Port)
        );
        await using var envoy = await EnvoyServer.StartAsync(release, config);
        await envoy.WaitUntilHealthyAsync("authsidecar_check");
        for (var remaining = 2; remaining >= 0; remaining--)
        {
            upstream.Forget();
            var answer = await CheckAsync(envoy, replicas.Key);

            // The three, plus all of the first phase.
            Assert.Equal(200, answer.Status);
            Assert.Equal(["3"], answer.Values("ratelimit-limit"));
            Assert.Equal([$"{remaining}"], answer.Values("ratelimit-remaining"));
            Assert.InRange(int.Parse(Assert.Single(answer.Values("ratelimit-reset"))), 3000, 3600);
            Assert.Equal(32, Assert.Single(answer.Values("x-authsidecar-decision-id")).Length);
            var call = Assert.Single(upstream.Requests);
            Assert.Contains(call.Headers, header => header.Name == "x-authsidecar-caller-key-id" && header.Value == replicas.Key.Key.Id);
            Assert.DoesNotContain(call.Headers, header =>
                header.Name == "authorization" || header.Name.StartsWith("ratelimit", StringComparison.Ordinal)
            );
        }

        upstream.Forget();
        var refused = await CheckAsync(envoy, replicas.Key);
        Assert.Equal(429, refused.Status);
        Assert.Equal(["rate_limited"], refused.Values("x-authsidecar-reason"));
        Assert.InRange(int.Parse(Assert.Single(refused.Values("retry-after"))), 3000, 3600);
        Assert.Empty(upstream.Requests);
    }

    private static Task<RawAnswer> CheckAsync(EnvoyServer envoy, IssuedKey key) =>
        RawHttp.SendAsync(envoy.Port("edge_http"), "GET /app/limits", $"Authorization: Bearer {key.Token}");
}
