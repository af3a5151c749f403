using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>The shipped envoy.yaml under real requests.</summary>
public sealed class ShippedEnvoyTests
{
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task EveryRoute_IsCheckedWithItsPolicy_AndReachesItsUpstreamPath(EnvoyRelease release)
    {
        await using var servers = await ShippedServers.StartAsync(release);
        servers.Sidecar.Answer = (_, _) => Answers.Allow();

        foreach (
            var (target, policy, upstream) in new[]
            {
                ("/openai/v1/chat/completions?x=1", "openai", "/v1/chat/completions?x=1"),
                ("/anthropic/v1/messages", "anthropic", "/v1/messages"),
                ("/app", "app", "/app"),
                ("/app/a", "app", "/app/a"),
                ("/ws", "ws", "/ws"),
                ("/openai", "nowhere", null),
                ("/apple", "nowhere", null),
                ("/", "nowhere", null),
            }
        )
        {
            servers.Sidecar.Forget();
            servers.Upstream.Forget();
            servers.Sidecar.Answer = (_, _) => Answers.Allow();

            var client = await RawHttp.SendAsync(servers.Port, "GET " + target);

            Assert.Equal(upstream is null ? 404 : 200, client.Status);
            Assert.Equal(policy, servers.Sidecar.Requests.Single().Attributes.ContextExtensions["policy"]);
            Assert.Equal(upstream, servers.Upstream.Requests.SingleOrDefault()?.Target);
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ReservedClientHeaders_ReachNoUpstream(EnvoyRelease release)
    {
        await using var servers = await ShippedServers.StartAsync(release);
        servers.Sidecar.Answer = (_, _) => Answers.Allow();
        string[] forbidden =
        [
            "x-authsidecar-caller-subject",
            "x-authsidecar-caller-anything",
            "x-authsidecar-ws-close",
            "x-authsidecar-decision",
            "x-envoy-upstream-stream-duration-ms",
            "x-envoy-retry-on",
            "x-envoy-max-retries",
            "x-envoy-upstream-alt-stat-name",
            "x-envoy-force-trace",
            "x-envoy-decorator-operation",
            "x-envoy-internal",
            "x-envoy-anything",
            "x-envoy-auth-failure-mode-allowed",
            "x-envoy-original-path",
            "x-envoy-original-host",
            "x-forwarded-client-cert",
            "x-forwarded-host",
            "x-original-url",
            "x-rewrite-url",
            "x-http-method-override",
            "forwarded",
            "grpc-timeout",
            "proxy-authorization",
        ];
        string[] ours =
        [
            "x-authsidecar-token",
            "x-authsidecar-gateway-key",
            "x-authsidecar-delegated-key-id",
            "x-authsidecar-source",
            "x-authsidecar-workspace-id",
            "x-authsidecar-request-id",
        ];

        await RawHttp.SendAsync(servers.Port, "GET /app", [.. forbidden.Concat(ours).Select(name => name + ": 1")]);

        var checks = servers.Sidecar.Requests.Single().Attributes.Request.Http.HeaderMap.Headers.Select(header => header.Key).ToList();
        var sent = servers.Upstream.Requests.Single().Headers.Select(header => header.Name.ToLowerInvariant()).ToList();
        Assert.Empty(checks.Intersect(forbidden));
        Assert.Empty(sent.Intersect(forbidden));
        Assert.Equal(ours.Order(), checks.Intersect(ours).Order());
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task Preflight_OfAListedOriginIsAnswered_OfAnotherIsCheckedAndRefused(EnvoyRelease release)
    {
        await using var servers = await ShippedServers.StartAsync(release);
        servers.Sidecar.Answer = (_, _) => Answers.Deny(401);

        var listed = await RawHttp.SendAsync(
            servers.Port,
            "OPTIONS /openai/v1/x",
            "Origin: http://localhost:3000",
            "Access-Control-Request-Method: POST"
        );
        var checks = servers.Sidecar.Requests.Count;
        var other = await RawHttp.SendAsync(
            servers.Port,
            "OPTIONS /openai/v1/x",
            "Origin: http://evil",
            "Access-Control-Request-Method: POST"
        );
        var denied = await RawHttp.SendAsync(servers.Port, "POST /openai/v1/x", "Origin: http://localhost:3000", "Content-Length: 0");

        Assert.Equal((200, 0), (listed.Status, checks));
        Assert.Equal((401, 2), (other.Status, servers.Sidecar.Requests.Count));
        Assert.Equal(["http://localhost:3000"], denied.Values("access-control-allow-origin"));
        Assert.Empty(servers.Upstream.Requests);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task TheLog_ContainsTheDecisionAndNoQuery(EnvoyRelease release)
    {
        await using var servers = await ShippedServers.StartAsync(release);
        servers.Sidecar.Answer = (_, _) => Answers.Deny(403);

        await RawHttp.SendAsync(servers.Port, "GET /app?access_token=secret-in-query");

        var line = await servers.Envoy.WaitForLogAsync(line => line.Contains("ext_authz_denied"));
        foreach (
            var part in new[]
            {
                "\"path\":\"/app\"",
                "\"decision_id\":\"d-1\"",
                "\"decision\":\"deny\"",
                "\"policy\":\"p-1\"",
                "\"reason\":\"r-1\"",
                "\"route\":\"app\"",
            }
        )
        {
            Assert.Contains(part, line);
        }

        Assert.DoesNotContain(servers.Envoy.Log, entry => entry.Contains("secret-in-query"));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task TheLog_HasAShortLineForALongPath(EnvoyRelease release)
    {
        await using var servers = await ShippedServers.StartAsync(release);
        servers.Sidecar.Answer = (_, _) => Answers.Deny(401);

        await RawHttp.SendAsync(servers.Port, $"GET /app/{new string('p', 40_000)}");

        var line = await servers.Envoy.WaitForLogAsync(line => line.Contains("ext_authz_denied"));
        Assert.Contains("\"path\":\"/app/ppp", line);
        Assert.InRange(line.Length, 1024, 2048);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AnUpstream_CannotPretendToBeTheGateway(EnvoyRelease release)
    {
        await using var servers = await ShippedServers.StartAsync(release);
        servers.Sidecar.Answer = (_, _) => Answers.Allow();
        string[] names = ["x-authsidecar-gateway-error", "x-coder-ai-gateway-error", "x-authsidecar-reason"];

        var client = await RawHttp.SendAsync(
            servers.Port,
            "GET /app",
            [.. names.Append("x-other").Select(name => $"x-echo-set-{name}: 1")]
        );

        Assert.Equal(["1"], client.Values("x-other"));
        Assert.All(names, name => Assert.Empty(client.Values(name)));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AStream_ArrivesAsItIsSent_AndASocketOpens(EnvoyRelease release)
    {
        await using var servers = await ShippedServers.StartAsync(release);
        servers.Sidecar.Answer = (_, _) => Answers.Allow();
        var rest = new TaskCompletionSource();
        servers.Upstream.EventsMayGoOn = rest.Task;
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };

        await using var stream = await http.GetStreamAsync(new Uri($"http://127.0.0.1:{servers.Port}/openai/sse?n=2"));
        using var reader = new StreamReader(stream);
        Assert.Contains("\"Target\":\"/sse?n=2\"", await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)));
        rest.SetResult();
        Assert.EndsWith("data: [DONE]\n\n", await reader.ReadToEndAsync());

        using var socket = await Sockets.ConnectAsync(servers.Port, "/ws/chat");
        Assert.Contains("/ws/chat", await Sockets.ReceiveAsync(socket));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task PlainRequests_OnWebSocketRoutes_ReachNoApplication(EnvoyRelease release)
    {
        await using var servers = await ShippedServers.StartAsync(release);
        servers.Sidecar.Answer = (_, _) => Answers.Allow(ok => ok.Headers.Add(Answers.Overwrite("x-any", "1")));

        foreach (
            var (target, policy) in new[]
            {
                ("/live", "live"),
                ("/live/a?b", "live"),
                ("/relay", "relay-handshake"),
                ("/relay/a", "relay-handshake"),
            }
        )
        {
            servers.Sidecar.Forget();
            servers.Sidecar.Answer = (_, _) => Answers.Allow(ok => ok.Headers.Add(Answers.Overwrite("x-any", "1")));

            // Their targets have no listener.
            Assert.Equal(503, (await RawHttp.SendAsync(servers.Port, "GET " + target)).Status);
            Assert.Equal(policy, servers.Sidecar.Requests.Single().Attributes.ContextExtensions["policy"]);
        }

        Assert.Empty(servers.Upstream.Requests);
    }
}
