using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>Restrictions of the shipped envoy.yaml for clients that Envoy could treat as internal, such as this one on 127.0.0.1.</summary>
public sealed class ShippedEdgeTests
{
    private const string EarlyRemoval = """              - remove_on_match: { key_matcher: { prefix: "x-envoy-" } }""";
    private const string NoInternalAddress = "cidr_ranges: [{ address_prefix: 255.255.255.255, prefix_len: 32 }]";
    private const string DefaultRanges = "cidr_ranges: []";

    private static readonly string[] _retries =
    [
        "x-envoy-retry-on: retriable-status-codes",
        "x-envoy-retriable-status-codes: 200",
        "x-envoy-max-retries: 7",
        "x-envoy-upstream-alt-stat-name: invented",
    ];

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task RetriesOfAClient_MakeNoSecondCall(EnvoyRelease release)
    {
        await using var servers = await ShippedServers.StartAsync(release);
        servers.Sidecar.Answer = (_, _) => Answers.Allow();

        var answer = await RawHttp.SendAsync(servers.Port, "GET /openai/v1/models", _retries);

        Assert.Equal(200, answer.Status);
        Assert.Single(servers.Upstream.Requests);
        Assert.DoesNotContain("invented", await StatisticsAsync(servers));
    }

    /// <summary>
    /// Each of the two settings alone is sufficient, and so is the sidecar's answer without them; without all three the client controls the
    /// timeout.
    /// </summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task EachOfThreeProtections_IsSufficient(EnvoyRelease release)
    {
        Assert.Equal(1, await CallsAsync(release, text => Without(text, EarlyRemoval, ""), removes: false));
        Assert.Equal(1, await CallsAsync(release, text => Without(text, NoInternalAddress, DefaultRanges), removes: false));
        Assert.Equal(1, await CallsAsync(release, Neither, removes: true));
        Assert.Equal(8, await CallsAsync(release, Neither, removes: false));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ForgedAddress_IsNotInTheCheck(EnvoyRelease release)
    {
        await using var servers = await ShippedServers.StartAsync(release);
        servers.Sidecar.Answer = (_, _) => Answers.Allow();

        await RawHttp.SendAsync(servers.Port, "GET /app", "x-envoy-external-address: 203.0.113.9", "x-envoy-internal: true");

        var checks = servers.Sidecar.Requests.Single().Attributes.Request.Http.HeaderMap.Headers;
        Assert.Equal(
            ["127.0.0.1"],
            checks.Where(header => header.Key == "x-envoy-external-address").Select(header => header.RawValue.ToStringUtf8())
        );
        Assert.DoesNotContain(checks, header => header.Key == "x-envoy-internal");
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task RemovedHeaders_DoNotReachTheProvider_AndTheHostIsTheProviders(EnvoyRelease release)
    {
        await using var servers = await ShippedServers.StartAsync(release);
        string[] names = ["x-forwarded-for", "x-envoy-external-address", "cookie"];
        servers.Sidecar.Answer = (_, _) => Answers.Allow(ok => ok.HeadersToRemove.AddRange(names));

        foreach (var (path, host) in new[] { ("/openai/v1/models", "api.openai.com"), ("/anthropic/v1/models", "api.anthropic.com") })
        {
            servers.Upstream.Forget();

            var answer = await RawHttp.SendAsync(
                servers.Port,
                "GET " + path,
                "cookie: a=1",
                "x-forwarded-for: 203.0.113.9",
                "x-forwarded-host: evil.test"
            );

            Assert.Equal(200, answer.Status);
            var seen = servers.Upstream.Requests.Single();
            Assert.Equal([host], seen.Values("host"));
            Assert.All([.. names, "x-forwarded-host", "x-envoy-original-host"], name => Assert.Empty(seen.Values(name)));
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task RequestTrailers_AreNotForwarded(EnvoyRelease release)
    {
        Assert.Empty(await TrailersAsync(release, text => text));
        Assert.Equal(
            ["x-authsidecar-caller-subject", "x-other"],
            await TrailersAsync(release, text => Without(text, """regex: ".*" """.Trim(), """regex: "none" """.Trim()))
        );
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task OneAddress_DoesNotExhaustTheLimitOfOthers(EnvoyRelease release)
    {
        await using var servers = await ShippedServers.StartAsync(release, text =>
            Without(
                text,
                "max_tokens: 2000, tokens_per_fill: 2000, fill_interval: 1s }\n              max_dynamic",
                "max_tokens: 3, tokens_per_fill: 3, fill_interval: 600s }\n              max_dynamic"
            )
        );
        servers.Sidecar.Answer = (_, _) => Answers.Allow();

        var greedy = new List<int>();
        for (var i = 0; i < 5; i++)
        {
            greedy.Add((await RawHttp.SendAsync(servers.Port, "GET /app")).Status);
        }

        Assert.Equal([200, 200, 200, 429, 429], greedy);
        Assert.Equal(200, (await RawHttp.SendFromAsync("127.0.0.2", servers.Port, "GET /app")).Status);
        Assert.Equal(4, servers.Sidecar.Requests.Count);
    }

    private static async Task<int> CallsAsync(EnvoyRelease release, Func<string, string> change, bool removes)
    {
        await using var servers = await ShippedServers.StartAsync(release, change);
        servers.Sidecar.Answer = (_, _) =>
            Answers.Allow(ok => ok.HeadersToRemove.AddRange(removes ? _retries.Select(header => header.Split(':')[0]) : []));

        await RawHttp.SendAsync(servers.Port, "GET /app", _retries);

        return servers.Upstream.Requests.Count;
    }

    private static async Task<IEnumerable<string>> TrailersAsync(EnvoyRelease release, Func<string, string> change)
    {
        const string Cluster = "  - name: demo_upstream\n";
        const string Http2 = """
                typed_extension_protocol_options:
                  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                    explicit_http_config: { http2_protocol_options: {} }

            """;
        await using var servers = await ShippedServers.StartAsync(
            release,
            text => Without(change(text), Cluster, Cluster + Http2),
            http2: true
        );
        servers.Sidecar.Answer = (_, _) => Answers.Allow();

        await RawHttp2.SendAsync(servers.Port, "/app", [("x-authsidecar-caller-subject", "root"), ("x-other", "1")]);

        return servers.Upstream.Requests.Single().Trailers.Select(trailer => trailer.Name.ToLowerInvariant()).Order();
    }

    private static string Neither(string text) => Without(Without(text, EarlyRemoval, ""), NoInternalAddress, DefaultRanges);

    private static string Without(string text, string what, string with) =>
        text.Contains(what, StringComparison.Ordinal)
            ? text.Replace(what, with, StringComparison.Ordinal)
            : throw new InvalidOperationException($"envoy.yaml has no \"{what}\".");

    private static async Task<string> StatisticsAsync(ShippedServers servers)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(servers.Envoy.Admin, "/stats"));
    }
}
