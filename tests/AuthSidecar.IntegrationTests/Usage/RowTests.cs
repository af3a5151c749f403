using System.Net;
using System.Net.WebSockets;
using AuthSidecar.IntegrationTests.Metering;
using AuthSidecar.IntegrationTests.Relay;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Usage;

/// <summary>One row for every request through a real Envoy with the shipped files, for every kind of response and end.</summary>
public sealed class RowTests
{
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task EveryFixture_WholeAndInPieces_LeavesOneRowWithItsCounts(EnvoyRelease release)
    {
        await using var servers = await UsageServers.StartAsync(release);
        var sent = new Dictionary<string, (Fixture Fixture, string How, long Length)>();
        foreach (var fixture in Fixture.All)
        {
            foreach (var how in new[] { "whole", "pieces", "gzip", "br" })
            {
                using var response = await servers.SendAsync(fixture, how);
                sent.Add(UsageServers.DecisionOf(response), (fixture, how, (await response.Content.ReadAsByteArrayAsync()).Length));
            }
        }

        var state = await servers.UntilAsync(sent.Count, UsageServers.Whole);

        Assert.Equal(sent.Keys.Order(StringComparer.Ordinal), state.Rows.Select(row => row.DecisionId));
        state.MustAddUp();
        foreach (var row in state.Rows)
        {
            var (fixture, how, length) = sent[row.DecisionId];
            var facts = new FixtureFacts(
                row.Model,
                row.InputTokens,
                row.OutputTokens,
                row.CachedReadTokens,
                row.CachedWriteTokens,
                row.ReasoningTokens,
                row.ErrorType,
                row.Outcome == "upstream_error"
            );
            Assert.True(fixture.Expected == facts, $"{fixture.File} {how}: {facts}");
            Assert.Equal(
                fixture.Expected.Failed ? "upstream_error"
                    : HasUsage(fixture) ? "complete"
                    : "no_usage",
                row.Outcome
            );
            Assert.Equal(("allow", fixture.Status, "centralized"), (row.Decision, row.Status, row.Mode));
            Assert.Equal(
                (servers.Key.Key.Id, servers.Key.Key.UserId, UsageServers.PolicyOf(fixture), UsageServers.PolicyOf(fixture)),
                (row.KeyId, row.UserId, row.Policy, row.Provider)
            );
            Assert.Equal((UsageServers.PathOf(fixture, how), 2, length), (row.Path, row.RequestBytes, row.ResponseBytes));
            Assert.NotNull(row.DurationMs);
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task EveryRefusal_LeavesOneRowWithItsReason(EnvoyRelease release)
    {
        await using var servers = await UsageServers.StartAsync(release, sandbox =>
            sandbox.Settings["Policies"]!["ws"]!["Limit"] = new System.Text.Json.Nodes.JsonObject
            {
                ["Permits"] = 1,
                ["Window"] = "01:00:00",
            }
        );
        var narrow = await servers.Seeder.AddKeyAsync("ann", "llm:invoke");
        var revoked = await servers.Seeder.AddKeyAsync("ann", "full");
        await servers.Seeder.RevokeAsync(revoked);
        await servers.Seeder.AddUserAsync("bob");
        var spent = await servers.Seeder.AddKeyAsync("bob", "full");
        Assert.Equal(0, (await SidecarProcess.RunAsync(servers.Sandbox, "budgets", "set", "--user", "bob", "--limit-usd", "0")).ExitCode);
        var token = servers.Key.Token;
        var expected = new Dictionary<string, (string Reason, int Status)>();
        await RefuseAsync("missing_credential", 401, "/app/x");
        await RefuseAsync("invalid_token", 401, "/app/x", ("Authorization", "Bearer nonsense"));
        await RefuseAsync("token_revoked", 401, "/app/x", Bearer(revoked.Token));
        await RefuseAsync("insufficient_scope", 403, "/app/x", Bearer(narrow.Token));
        await RefuseAsync("ambiguous_credentials", 400, "/app/x", ("X-AuthSidecar-Token", token), ("X-Coder-AI-Governance-Token", token));
        await RefuseAsync("delegation_not_allowed", 403, "/app/x", Bearer(token), ("X-AuthSidecar-Gateway-Key", "x"));
        await RefuseAsync("credential_destination_mismatch", 403, "/openai/v1/models", ("X-AuthSidecar-Token", token), Bearer(token));
        await RefuseAsync("budget_exceeded", 403, "/openai/v1/models", Bearer(spent.Token));
        await RefuseAsync("rate_limited", 429, "/ws/x", Bearer(token), allowedBefore: true);

        var state = await servers.UntilAsync(expected.Count + 1, UsageFacts.Decided | UsageFacts.Logged);

        Assert.Equal(expected.Count + 1, state.Rows.Count);
        state.MustAddUp();
        foreach (var row in state.Rows.Where(row => row.Decision != "allow"))
        {
            Assert.Equal(
                ("deny", "denied", expected[row.DecisionId].Reason, expected[row.DecisionId].Status),
                (row.Decision, row.Outcome, row.Reason, row.Status)
            );
            Assert.Null(row.InputTokens);
        }

        Assert.Equal("ws", Assert.Single(state.Rows, row => row.Decision == "allow").Policy);

        async Task RefuseAsync(
            string reason,
            int status,
            string path,
            (string, string)? one = null,
            (string, string)? other = null,
            bool allowedBefore = false
        )
        {
            for (var number = allowedBefore ? 0 : 1; number < 2; number++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, servers.Address(path));
                foreach (var (name, value) in new[] { one, other }.OfType<(string, string)>())
                {
                    request.Headers.TryAddWithoutValidation(name, value);
                }

                using var response = await servers.Client.SendAsync(request);
                if (number == 1)
                {
                    Assert.Equal(
                        ((HttpStatusCode)status, reason),
                        (response.StatusCode, response.Headers.GetValues("x-authsidecar-reason").Single())
                    );
                    expected.Add(UsageServers.DecisionOf(response), (reason, status));
                }
            }
        }

        static (string, string) Bearer(string token) => ("Authorization", $"Bearer {token}");
    }

    /// <summary>Two sidecars, so that the one that receives access logs differs from the one that counts.</summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task RefusalsWithoutAnIdentity_LeaveFewRows_AndNoneIsMissingInTheSums(EnvoyRelease release)
    {
        const int Count = 60;
        await using var servers = await UsageServers.StartAsync(
            release,
            sandbox => sandbox.Settings["Usage"] = new System.Text.Json.Nodes.JsonObject { ["RefusalRowsPerMinute"] = 5 },
            hasTwo: true
        );
        var ids = new List<string>();
        for (var number = 0; number < Count; number++)
        {
            using var response = await servers.Client.GetAsync(
                servers.Address(number % 2 == 0 ? $"/app/{new string('a', 5000)}" : "/openai/v1/models")
            );
            ids.Add(UsageServers.DecisionOf(response));
        }

        using var allowed = await servers.SendAsync(Fixture.Named("openai-chat/stream.sse"), "whole");
        await allowed.Content.CopyToAsync(Stream.Null);
        await servers.UntilAsync(1, UsageServers.Whole);
        await Eventually.TrueAsync(
            async () => (await UsageState.ReadAsync(servers.Seeder.Store)).Rows.Sum(row => row.Requests ?? 1) == Count + 1,
            "every request is counted"
        );
        var state = await UsageState.ReadAsync(servers.Seeder.Store);

        // At most two minutes, of two policies.
        Assert.InRange(state.Rows.Count, 5 + 2 + 1, (2 * (5 + 2)) + 1);
        state.MustAddUp();
        Assert.All(state.Rows, row => Assert.True(UsageState.Text(row).Length < 2048));
        Assert.Equal(Count, state.Rows.Where(row => row.Reason == "missing_credential").Sum(row => row.Requests ?? 1));
        var collapsed = ids.Except(state.Rows.Select(row => row.DecisionId)).First();
        var (exitCode, _, errors) = await SidecarProcess.RunAsync(servers.Sandbox, "explain", collapsed);
        Assert.Equal(1, exitCode);
        Assert.Contains(" missing_credential under policy ", errors, StringComparison.Ordinal);
        Assert.Contains($"\"decision_id\":\"{collapsed}\"", servers.Decider.Output, StringComparison.Ordinal);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ClientThatDisconnects_LeavesARowWithTheUsageSeenSoFar(EnvoyRelease release)
    {
        await using var servers = await UsageServers.StartAsync(release);
        var fixture = Fixture.Named("anthropic/stream.sse");
        var left = await servers.SendAsync(fixture, "half");
        await ReadHalfAsync(left, fixture);
        using var brokenOff = await servers.SendAsync(fixture, "abort");
        var rest = await ReadHalfAsync(brokenOff, fixture);

        left.Dispose();
        servers.Upstream.Gate.SetResult();
        await Assert.ThrowsAnyAsync<IOException>(() => rest.CopyToAsync(Stream.Null));
        var state = await servers.UntilAsync(2, UsageServers.Whole);

        state.MustAddUp();
        Assert.Equal(
            new[]
            {
                (UsageServers.DecisionOf(left), "client_disconnect", (long?)25, (long?)1),
                (UsageServers.DecisionOf(brokenOff), "upstream_error", 25, 1),
            }.Order(),
            state.Rows.Select(row => (row.DecisionId, row.Outcome!, row.InputTokens, row.OutputTokens)).Order()
        );
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task Sockets_LeaveARowEach_AndARelayedOneTwo(EnvoyRelease release)
    {
        await using var servers = await UsageServers.StartAsync(release, echoes: true);
        var bearer = ("Authorization", $"Bearer {servers.Key.Token}");
        using (var open = await Sockets.ConnectAsync(servers.Port, "/ws/echo", bearer))
        {
            await Sockets.ReceiveAsync(open);
            await open.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        Assert.Equal(
            401,
            (
                await RawHttp.SendAsync(
                    servers.Port,
                    "GET /ws/echo",
                    [.. Sockets.Handshake.Where(line => line != "Connection: Upgrade"), "Connection: Upgrade, close"]
                )
            ).Status
        );
        using (var closed = await Sockets.ConnectAsync(servers.Port, "/live/echo"))
        {
            await closed.ReceiveAsync(new byte[100], CancellationToken.None);
            Assert.Equal("missing_credential", closed.CloseStatusDescription);
        }

        using (var relayed = await RelayClient.ConnectAsync(servers.Port, "/relay/echo"))
        {
            await relayed.EnterAsync(servers.Key.Token);
            await relayed.Socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        // The relayed WebSocket's own row comes from the relay; Envoy does not report it.
        await servers.UntilAsync(4, UsageFacts.Decided | UsageFacts.Logged);
        var state = await servers.UntilAsync(5, UsageFacts.Decided | UsageFacts.Ended);

        state.MustAddUp();
        Assert.Equal(
            [
                ("live", "close", "denied", 101, "missing_credential"),
                ("relay", "allow", "no_usage", 101, ""),
                ("relay-handshake", "allow", "no_usage", 101, ""),
                ("ws", "allow", "no_usage", 101, ""),
                ("ws", "deny", "denied", 401, "missing_credential"),
            ],
            state
                .Rows.Select(row => (row.Policy!, row.Decision!, row.Outcome!, row.Status ?? 0, row.Reason ?? ""))
                .OrderBy(row => row.Item1, StringComparer.Ordinal)
                .ThenBy(row => row.Item2, StringComparer.Ordinal)
        );
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ManyStreamsAtOnce_LeaveARowEach(EnvoyRelease release)
    {
        var count = Heavy.Or(1000, 100);
        await using var servers = await UsageServers.StartAsync(release);
        var fixtures = Fixture.All.Where(fixture => fixture is { Stream: true, Expected.Failed: false }).ToList();
        var open = new List<(Fixture Fixture, HttpResponseMessage Response)>();
        foreach (var some in Enumerable.Range(0, count).Chunk(100))
        {
            // Envoy limits the requests that wait for an upstream connection.
            open.AddRange(
                await Task.WhenAll(
                    some.Select(async number =>
                        (fixtures[number % fixtures.Count], await servers.SendAsync(fixtures[number % fixtures.Count], "gate"))
                    )
                )
            );
        }

        Assert.Equal(count, servers.Upstream.Waiting);
        servers.Upstream.Gate.SetResult();
        await Parallel.ForEachAsync(open, async (one, cancelled) =>
            Assert.Equal(one.Fixture.Body, await one.Response.Content.ReadAsByteArrayAsync(cancelled))
        );

        var state = await servers.UntilAsync(count, UsageServers.Whole);

        Assert.Equal(count, state.Rows.Count);
        state.MustAddUp();
        var expected = open.ToDictionary(one => UsageServers.DecisionOf(one.Response), one => one.Fixture.Expected, StringComparer.Ordinal);
        Assert.All(state.Rows, row =>
            Assert.Equal((expected[row.DecisionId].Input, expected[row.DecisionId].Output), (row.InputTokens, row.OutputTokens))
        );
        open.ForEach(one => one.Response.Dispose());
    }

    private static bool HasUsage(Fixture fixture) => (fixture.Expected.Input ?? fixture.Expected.Output) is not null;

    private static async Task<Stream> ReadHalfAsync(HttpResponseMessage response, Fixture fixture)
    {
        var stream = await response.Content.ReadAsStreamAsync();
        var half = new byte[FixtureUpstream.HalfOf(fixture)];
        await stream.ReadExactlyAsync(half);
        Assert.True(fixture.Body.AsSpan(0, half.Length).SequenceEqual(half));
        return stream;
    }
}
