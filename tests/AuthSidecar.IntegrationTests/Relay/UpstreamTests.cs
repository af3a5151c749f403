using System.Net.WebSockets;
using System.Text.Json.Nodes;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.WebSockets.Relay;

namespace AuthSidecar.IntegrationTests.Relay;

/// <summary>Requests that the application receives, and the end of a WebSocket whose application is unavailable.</summary>
public sealed class UpstreamTests(SharedRelay shared) : IClassFixture<SharedRelay>, IAsyncLifetime
{
    private readonly RelayHarness _harness = shared.Harness;

    public Task InitializeAsync() => _harness.ForgetAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task TheApplication_SeesTheCallerAndNoCredential()
    {
        const string Other = "ask_aaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb_cccccc";
        string[] credentials =
        [
            "authorization",
            "x-api-key",
            "api-key",
            "x-goog-api-key",
            "proxy-authorization",
            "x-authsidecar-token",
            "x-coder-ai-governance-token",
        ];
        var key = await _harness.Seeder.AddKeyAsync("ada", "apps:run");
        var (client, upstream) = await _harness.OpenAsync(
            key.Token,
            $"/app/x?a=1&access_token={Other}&acc%65ss_token={Other}&key={Other}&b=%2F",
            options =>
            {
                foreach (var name in credentials)
                {
                    options.SetRequestHeader(name, $"Bearer {Other}");
                }

                options.AddSubProtocol("chat");
                options.AddSubProtocol($"authsidecar.bearer.{Other}");
                options.SetRequestHeader("Cookie", "session=1");
                options.SetRequestHeader("Origin", "https://app.example.com");
                options.SetRequestHeader("X-Request-Id", "r-1");
                options.SetRequestHeader("X-Envoy-Upstream-Stream-Duration-Ms", "5");
                options.SetRequestHeader("X-AuthSidecar-Caller-Subject", "root");
                options.SetRequestHeader("x_authsidecar_caller_tenant", "acme");
                options.SetRequestHeader("X-AuthSidecar-Caller-Decision-Id", "forged");
                options.SetRequestHeader("X-AI-Bridge-Actor-Id", "root");
                options.SetRequestHeader("X-AuthSidecar-Ws-Close", "1000.x.y");
            }
        );
        using var opened = client;

        Assert.Equal("chat", client.Subprotocol);
        Assert.Equal("/app/x?a=1&b=%2F", upstream.Target);
        Assert.DoesNotContain(upstream.Headers, header =>
            header.Value.Contains(Other, StringComparison.Ordinal) || header.Value.Contains(key.Token, StringComparison.Ordinal)
        );
        var decision = upstream.Headers["x-authsidecar-caller-decision-id"];
        Assert.Contains($"\"decision_id\":\"{decision}\",\"decision\":\"allow\"", _harness.Logs.Text, StringComparison.Ordinal);
        Assert.Equal(
            new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["connection"] = "Upgrade",
                ["cookie"] = "session=1",
                ["host"] = $"127.0.0.1:{_harness.Upstream.Port}",
                ["origin"] = "https://app.example.com",
                ["sec-websocket-key"] = upstream.Headers["sec-websocket-key"],
                ["sec-websocket-protocol"] = "chat",
                ["sec-websocket-version"] = "13",
                ["upgrade"] = "websocket",
                ["x-authsidecar-caller-auth-mode"] = "centralized",
                ["x-authsidecar-caller-decision-id"] = decision,
                ["x-authsidecar-caller-key-id"] = key.Key.Id,
                ["x-authsidecar-caller-scopes"] = "apps:run",
                ["x-authsidecar-caller-subject"] = key.Key.UserId!,
                ["x-authsidecar-caller-subject-type"] = "account",
                ["x-authsidecar-caller-user-id"] = key.Key.UserId!,
                ["x-authsidecar-caller-username"] = "ada",
                ["x-request-id"] = "r-1",
            },
            new SortedDictionary<string, string>(upstream.Headers.ToDictionary(), StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task AHeaderOfOneConnection_EndsThere()
    {
        using var raw = await RawSocket.OpenAsync(
            _harness.Port,
            "/app/x",
            "X-Kept: 2",
            "TE: trailers",
            "Keep-Alive: timeout=5",
            "Sec-WebSocket-Extensions: permessage-deflate"
        );
        await raw.SendAsync(0x81, $$"""{"type":"auth","token":"{{await _harness.KeyAsync()}}"}""");
        var upstream = await _harness.Upstream.NextAsync();

        Assert.Equal("2", upstream.Headers["x-kept"]);
        Assert.DoesNotContain(upstream.Headers.Keys, name => name is "te" or "keep-alive" or "sec-websocket-extensions");
        Assert.DoesNotContain("extensions", raw.Answer, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("/app/a%20b/~x", "/app/a%20b/~x")]
    [InlineData("/app/?q", "/app/?q")]
    [InlineData("/fixed/other", "/live/%7Eroom")]
    [InlineData("/fixed/other?room=1&access_token=x", "/live/%7Eroom?room=1")]
    public async Task TheTarget_IsThePolicysOrTheRequestsOwn(string requested, string seen)
    {
        using var raw = await RawSocket.OpenAsync(_harness.Port, requested);
        await raw.SendAsync(0x81, $$"""{"type":"auth","token":"{{await _harness.KeyAsync()}}"}""");

        Assert.Equal(seen, (await _harness.Upstream.NextAsync()).Target);
    }

    [Theory]
    [InlineData("chat, v2", "chat", "chat")]
    [InlineData("authsidecar.bearer.x, v2", "v2", "v2")]
    [InlineData("authsidecar.bearer.x", null, null)]
    [InlineData(null, null, null)]
    public async Task TheSubprotocol_IsTheFirstThatIsNoToken(string? offered, string? selected, string? passedOn)
    {
        using var raw = await RawSocket.OpenAsync(_harness.Port, "/app/x", offered is null ? [] : [$"Sec-WebSocket-Protocol: {offered}"]);
        await raw.SendAsync(0x81, $$"""{"type":"auth","token":"{{await _harness.KeyAsync()}}"}""");
        var upstream = await _harness.Upstream.NextAsync();

        Assert.Equal(passedOn, upstream.Headers.GetValueOrDefault("sec-websocket-protocol"));
        Assert.Equal(
            selected is not null,
            raw.Answer.Contains($"\r\nSec-WebSocket-Protocol: {selected}\r\n", StringComparison.OrdinalIgnoreCase)
        );
        Assert.DoesNotContain("bearer", raw.Answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("v2")]
    public async Task SubprotocolMismatch_Is1011(string? chosen)
    {
        _harness.Upstream.Refuse = async http =>
        {
            // Kestrel itself would not select a subprotocol that was not offered.
            http.Response.Headers.SecWebSocketAccept = Handshake.AcceptOf(http.Request.Headers.SecWebSocketKey.ToString());
            http.Response.Headers.Upgrade = "websocket";
            http.Response.Headers.Connection = "Upgrade";
            if (chosen is not null)
            {
                http.Response.Headers.SecWebSocketProtocol = chosen;
            }

            await http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpUpgradeFeature>()!.UpgradeAsync();
            return true;
        };
        using var client = await _harness.ConnectAsync("/app/x", options => options.AddSubProtocol("chat"));
        await client.EnterAsync(await _harness.KeyAsync());

        Assert.Equal((1011, "upstream_refused"), await client.ClosedAsync());
    }

    [Theory]
    [InlineData(403, 1011, "upstream_refused")]
    [InlineData(200, 1011, "upstream_refused")]
    [InlineData(301, 1011, "upstream_refused")]
    [InlineData(500, 1013, "upstream_unavailable")]
    [InlineData(503, 1013, "upstream_unavailable")]
    public async Task NonWebSocketResponse_ClosesTheClient(int status, int code, string reason)
    {
        _harness.Upstream.Refuse = http =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.Location = "/elsewhere";
            return Task.FromResult(true);
        };
        using var client = await _harness.ConnectAsync();
        await client.EnterAsync(await _harness.KeyAsync());

        Assert.Equal((code, reason), await client.ClosedAsync());
        Assert.Equal(1, _harness.Upstream.Calls);
    }

    [Fact]
    public async Task WrongAcceptValue_Is1011()
    {
        _harness.Upstream.Refuse = async http =>
        {
            http.Response.Headers.SecWebSocketAccept = Handshake.AcceptOf("another key");
            http.Response.Headers.Upgrade = "websocket";
            http.Response.Headers.Connection = "Upgrade";
            await http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpUpgradeFeature>()!.UpgradeAsync();
            return true;
        };
        using var client = await _harness.ConnectAsync();
        await client.EnterAsync(await _harness.KeyAsync());

        Assert.Equal((1011, "upstream_refused"), await client.ClosedAsync());
    }

    [Fact]
    public async Task UnreachableApplication_Is1013()
    {
        using var client = await _harness.ConnectAsync("/unreachable/x");
        await client.EnterAsync(await _harness.KeyAsync("full"));

        Assert.Equal((1013, "upstream_unavailable"), await client.ClosedAsync());
    }

    [Fact]
    public async Task SilentApplication_Is1013()
    {
        await using var harness = await RelayHarness.StartAsync(times: new() { Handshake = TimeSpan.FromSeconds(1) });
        var never = new TaskCompletionSource<bool>();
        harness.Upstream.Refuse = _ => never.Task;
        using var client = await harness.ConnectAsync();
        await client.EnterAsync(await harness.KeyAsync());

        Assert.Equal((1013, "upstream_unavailable"), await client.ClosedAsync());
        never.SetResult(true);
    }

    [Fact]
    public async Task ProviderCredential_ReplacesTheToken()
    {
        await using var harness = await RelayHarness.StartAsync(settings =>
        {
            settings["Providers"] = JsonNode.Parse("""{ "openai": { "Dialect": "openai", "Credential": "sk-central" } }""");
            settings["Policies"]!["app"]!["Provider"] = "openai";
            settings["Policies"]!["app"]!["Endpoints"] = "any";
        });
        var (client, upstream) = await harness.OpenAsync(await harness.KeyAsync());
        using var opened = client;

        Assert.Equal("Bearer sk-central", upstream.Headers["authorization"]);
        Assert.Equal(WebSocketState.Open, client.Socket.State);
    }

    [Fact]
    public async Task DelegationHeaders_AreHandledAsInCheck()
    {
        using var client = await _harness.ConnectAsync("/app/x", options => options.SetRequestHeader("X-AuthSidecar-Gateway-Key", "guess"));

        Assert.Equal((1008, "delegation_not_allowed"), await client.RefusedAsync(await _harness.KeyAsync()));
        Assert.Equal(0, _harness.Upstream.Calls);
    }

    [Theory]
    [InlineData("peer", "9.9.9.9, 10.0.0.1", "10.0.0.2")]
    [InlineData("x-envoy-external-address", "10.0.0.9", "10.0.0.1")]
    public async Task FailuresCount_ForTheAddressThatEnvoySaw(string source, string forwarded, string external)
    {
        await using var harness = await RelayHarness.StartAsync(settings =>
            settings["Limits"] = JsonNode.Parse($$"""{ "FailedAuthPerMinute": 2, "ClientAddress": "{{source}}" }""")
        );
        for (var attempt = 0; attempt < 3; attempt++)
        {
            using var client = await harness.ConnectAsync("/app/x", options =>
            {
                options.SetRequestHeader("X-Forwarded-For", forwarded);
                options.SetRequestHeader("X-Envoy-External-Address", external);
            });
            await client.RefusedAsync(KeyToken.Generate(TokenFamily.Ask));
        }

        var guard = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<FailedAuthThrottle>(
            harness.Services
        );
        Assert.Equal(1, guard.AddressCount);
        Assert.True(guard.UntilLookup("10.0.0.1") > TimeSpan.Zero);
    }
}
