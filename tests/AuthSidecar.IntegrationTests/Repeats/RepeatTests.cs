using System.Net;
using System.Net.WebSockets;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Repeats;

/// <summary>A Check that Envoy repeats is one request: charged, recorded and answered once.</summary>
public sealed class RepeatTests
{
    [RequiresTheory("envoy", "envoy-old")]
    [InlineData(EnvoyRelease.Newest)]
    [InlineData(EnvoyRelease.Oldest)]
    public async Task AnswerIsLost_TheRepeatIsTheSameRequest(EnvoyRelease release)
    {
        await using var servers = await RepeatServers.StartAsync(release);
        servers.Hold();
        var pending = servers.GetAsync("/app");
        await servers.LoseTheAnswerAsync();
        using var first = await pending;
        using var next = await servers.GetAsync("/app");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (first.StatusCode, next.StatusCode));
        await AssertOneRequestAsync(servers, first, next);
    }

    [RequiresTheory("envoy", "envoy-old", "redis")]
    [InlineData(EnvoyRelease.Newest)]
    [InlineData(EnvoyRelease.Oldest)]
    public async Task AnotherReplicaGetsTheRepeat_IsChargedOnce(EnvoyRelease release)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var servers = await RepeatServers.StartAsync(release, sidecars: 2, redis);
        servers.Hold();
        var pending = servers.GetAsync("/app");
        await servers.LoseTheAnswerAsync();
        using var first = await pending;
        using var next = await servers.GetAsync("/app");
        using var last = await servers.GetAsync("/app");

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal((HttpStatusCode.TooManyRequests, HttpStatusCode.TooManyRequests), (next.StatusCode, last.StatusCode));
        Assert.Single(servers.Upstream.Requests);
        var rows = await servers.RowsAsync(3);
        Assert.Equal([RepeatServers.DecisionOf(first)], rows.Where(row => row.Decision == "allow").Select(row => row.DecisionId));
        Assert.Equal(3, rows.Count);

        // Each replica logs its own decision, under the id of the request.
        var allowed = $"{RepeatServers.DecisionOf(first)} allow";
        Assert.Equal(2, servers.Decisions().Count(line => line == allowed));
    }

    [RequiresTheory("envoy", "envoy-old", "redis")]
    [InlineData(EnvoyRelease.Newest, 1)]
    [InlineData(EnvoyRelease.Oldest, 1)]
    [InlineData(EnvoyRelease.Newest, 2)]
    public async Task WebSocket_HasOneLease(EnvoyRelease release, int replicas)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var servers = await RepeatServers.StartAsync(release, replicas, redis);
        servers.Hold();
        var opening = OpenAsync(servers);
        await servers.LoseTheAnswerAsync();
        using var socket = await opening;

        await Eventually.TrueAsync(
            async () => await servers.MetricAsync("authsidecar_sockets_open") == 1,
            "one socket is open in all replicas"
        );
        await Assert.ThrowsAsync<WebSocketException>(() => OpenAsync(servers));
        Assert.Single(servers.Upstream.Requests);
    }

    [RequiresTheory("envoy", "envoy-old", "redis")]
    [InlineData(EnvoyRelease.Newest, 1)]
    [InlineData(EnvoyRelease.Oldest, 1)]
    [InlineData(EnvoyRelease.Newest, 2)]
    public async Task Budget_IsReservedOnce(EnvoyRelease release, int replicas)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var servers = await RepeatServers.StartAsync(release, replicas, redis);

        // Room for one reservation.
        await servers.SetBudgetAsync(1);
        servers.Hold();
        var pending = servers.SendAsync(HttpMethod.Post, "/v1/chat/completions");
        await servers.LoseTheAnswerAsync();
        using var first = await pending;
        using var next = await servers.SendAsync(HttpMethod.Post, "/v1/chat/completions");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (first.StatusCode, next.StatusCode));
        Assert.Single(servers.Upstream.Requests);
        Assert.Equal("1", (await redis.AskAsync("HLEN " + await AmountsAsync(redis))).TrimStart(':'));
    }

    [RequiresTheory("envoy", "envoy-old")]
    [InlineData(EnvoyRelease.Newest)]
    [InlineData(EnvoyRelease.Oldest)]
    public async Task ClientSendsEqualRequests_EachIsCharged(EnvoyRelease release)
    {
        await using var servers = await RepeatServers.StartAsync(release);
        using var first = await servers.GetAsync("/app", ("x-request-id", "17"), ("x-envoy-attempt-count", "2"));
        using var second = await servers.GetAsync("/app", ("x-request-id", "17"), ("x-envoy-attempt-count", "2"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (first.StatusCode, second.StatusCode));
        Assert.Equal(0, await servers.MetricAsync("authsidecar_check_repeats_total"));
    }

    // What Envoy does with the reasons, so that the documents say the truth.
    [RequiresTheory("envoy", "envoy-old")]
    [InlineData(EnvoyRelease.Newest, "reset", true)]
    [InlineData(EnvoyRelease.Newest, "5xx", true)]
    [InlineData(EnvoyRelease.Newest, "cancelled,deadline-exceeded,internal,resource-exhausted,unavailable", false)]
    [InlineData(EnvoyRelease.Newest, "connect-failure,refused-stream", false)]
    [InlineData(EnvoyRelease.Oldest, "reset", true)]
    [InlineData(EnvoyRelease.Oldest, "5xx", true)]
    [InlineData(EnvoyRelease.Oldest, "cancelled,deadline-exceeded,internal,resource-exhausted,unavailable", false)]
    [InlineData(EnvoyRelease.Oldest, "connect-failure,refused-stream", false)]
    public async Task AnswerIsLost_EnvoyRepeatsForSomeReasons(EnvoyRelease release, string retryOn, bool repeats)
    {
        await using var servers = await RepeatServers.StartAsync(release, retryOn: retryOn);
        servers.Hold();
        var pending = servers.GetAsync("/app");
        await servers.LoseTheAnswerAsync();
        using var response = await pending;

        Assert.Equal(repeats ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(repeats ? 1 : 0, servers.Upstream.Requests.Count);
        Assert.Equal(repeats, await servers.MetricAsync("authsidecar_check_repeats_total") > 0);
        Assert.Single(servers.Decisions());
    }

    private static async Task AssertOneRequestAsync(RepeatServers servers, HttpResponseMessage first, HttpResponseMessage next)
    {
        Assert.Single(servers.Upstream.Requests);
        Assert.Equal([$"{RepeatServers.DecisionOf(first)} allow", $"{RepeatServers.DecisionOf(next)} deny"], servers.Decisions());
        var rows = await servers.RowsAsync(2);
        Assert.Equal(
            [(RepeatServers.DecisionOf(first), "allow"), (RepeatServers.DecisionOf(next), "deny")],
            rows.Select(row => (row.DecisionId, row.Decision!))
        );
    }

    private static Task<ClientWebSocket> OpenAsync(RepeatServers servers) =>
        TestSupport.Servers.Sockets.ConnectAsync(servers.Envoy.Port("edge"), "/ws/echo", ("Authorization", $"Bearer {servers.Key.Token}"));

    private static async Task<string> AmountsAsync(RedisServer redis) =>
        (await redis.ReplyAsync("KEYS authsidecar:{budgets}:amounts:*")).Single(line =>
            line.StartsWith("authsidecar:", StringComparison.Ordinal)
        );
}
