using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.IntegrationTests.Replicas;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.WebSockets.Leases;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace AuthSidecar.IntegrationTests.Relay;

/// <summary>Events that end an open WebSocket, with their close codes, and events that do not.</summary>
public sealed class LifetimeTests(ITestOutputHelper output) : IAsyncLifetime
{
    private RelayHarness _harness = null!;

    public async Task InitializeAsync()
    {
        _harness = await RelayHarness.StartAsync(settings =>
        {
            settings["Policies"]!["bots"] = new JsonObject
            {
                ["Scopes"] = new JsonArray("apps:run"),
                ["Relay"] = settings["Policies"]!["app"]!["Relay"]!.GetValue<string>(),
                ["App"] = "/bots/{app}",
                ["Limit"] = new JsonObject { ["Permits"] = 0 },
            };
            settings["Rules"]!.AsArray().Add(JsonNode.Parse("""{ "Path": "/bots/{**rest}", "Policy": "bots" }"""));
        });
    }

    public async Task DisposeAsync() => await _harness.DisposeAsync();

    [Fact]
    public async Task ARevokedKey_Is4004_AtEverySocketOfItAndAtNoOther()
    {
        var count = Heavy.Or(2000, 200);
        var key = await _harness.Seeder.AddKeyAsync("ada", "apps:run");
        var (other, _) = await _harness.OpenAsync(await _harness.KeyAsync());
        using var unharmed = other;
        var clients = await OpenManyAsync(Enumerable.Repeat(key.Token, count));

        var ends = clients.Select(client => client.ClosedAsync()).ToList();
        await _harness.Seeder.RevokeAsync(key);
        var clock = Stopwatch.StartNew();
        await Eventually.TrueAsync(
            () => Task.FromResult(_harness.Sockets.All.Count(socket => !socket.IsClosing) == 1),
            "they are notified"
        );
        var notified = clock.Elapsed;
        var codes = await Task.WhenAll(ends);
        var elapsed = clock.Elapsed;

        Assert.All(codes, code => Assert.Equal((4004, "token_revoked"), code));
        output.WriteLine(
            $"{count} sockets were cut {notified.TotalMilliseconds:F0} ms after the commit; their clients, in the same process, had all "
                + $"received the close after {elapsed.TotalMilliseconds:F0} ms."
        );
        Assert.InRange(notified, TimeSpan.Zero, TimeSpan.FromSeconds(Heavy.Or(1, 5)));
        await other.SendTextAsync("still here");
        Assert.Equal("still here", await other.ReceiveTextAsync());
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task ASuspendedOwner_Is1008_AtAllOfTheirKeys()
    {
        var count = Heavy.Or(1000, 100);
        await _harness.Seeder.AddUserAsync("bob");
        var tokens = new List<string>();
        for (var number = 0; number < count; number++)
        {
            tokens.Add((await _harness.Seeder.AddKeyAsync("bob", "apps:run")).Token);
        }

        var clients = await OpenManyAsync(tokens);
        await _harness.Seeder.SetStatusAsync("bob", UserStatus.Suspended);

        Assert.All(await Task.WhenAll(clients.Select(client => client.ClosedAsync())), code => Assert.Equal((1008, "invalid_token"), code));
        Assert.Equal(TimeSpan.Zero, _harness.Services.GetRequiredService<FailedAuthThrottle>().UntilLookup("127.0.0.1"));
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Application_IsClosedWhenTheClientDisconnects()
    {
        _harness.Upstream.Echoes = false;
        var key = await _harness.Seeder.AddKeyAsync("ada", "apps:run");
        var (client, upstream) = await _harness.OpenAsync(key.Token);
        using var opened = client;
        await _harness.Seeder.RevokeAsync(key);

        Assert.Equal((1001, "client_gone"), await upstream.ClosedAsync());
        Assert.Equal((4004, "token_revoked"), await client.ClosedAsync());
    }

    [Fact]
    public async Task UnresponsiveEnd_IsCut()
    {
        var key = await _harness.Seeder.AddKeyAsync("ada", "apps:run");
        var (client, _) = await _harness.OpenAsync(key.Token);
        using var opened = client;
        await _harness.Seeder.RevokeAsync(key);

        await Eventually.TrueAsync(() => Task.FromResult(_harness.Sockets.ActiveConnections == 0), "the socket has ended");
    }

    [Fact]
    public async Task AnExpiredKey_Is4001()
    {
        var key = (
            await new CreateKey(_harness.Seeder.Store, _harness.Seeder.Hasher, TimeProvider.System).RunAsync(
                new("ada") { Scopes = ["apps:run"], ExpiresAt = DateTimeOffset.UtcNow.AddSeconds(3) },
                CancellationToken.None
            )
        ).Value;
        var (client, _) = await _harness.OpenAsync(key.Token);
        using var opened = client;

        Assert.Equal((4001, "token_expired"), await client.ClosedAsync());
        Assert.True(DateTimeOffset.UtcNow > key.Key.ExpiresAt);
    }

    [Fact]
    public async Task TheLongestLife_Is1008()
    {
        var clock = Stopwatch.StartNew();
        var (client, _) = await _harness.OpenAsync(await _harness.KeyAsync(), "/short/x");
        using var opened = client;

        Assert.Equal((1008, "max_stream_duration"), await client.ClosedAsync());
        Assert.True(clock.Elapsed >= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task ASpentBudget_Is4002()
    {
        var (client, _) = await _harness.OpenAsync(await _harness.KeyAsync());
        using var opened = client;
        await new SetBudget(_harness.Seeder.Store, TimeProvider.System).RunAsync(BudgetScope.User, "ada", 0, CancellationToken.None);

        Assert.Equal((4002, "budget_exceeded"), await client.ClosedAsync());
    }

    [Fact]
    public async Task AMemberWhoIsRemoved_Is1008()
    {
        _ = (await new CreateTenant(_harness.Seeder.Store, TimeProvider.System).RunAsync("acme", CancellationToken.None)).Value;
        _ = (await new CreateApp(_harness.Seeder.Store, TimeProvider.System).RunAsync(new("bot", "acme"), CancellationToken.None)).Value;
        _ = (
            await new AddMember(_harness.Seeder.Store, TimeProvider.System).RunAsync(
                "acme",
                "ada",
                AddMember.DefaultRole,
                CancellationToken.None
            )
        ).Value;
        var (client, upstream) = await _harness.OpenAsync(await _harness.KeyAsync(), "/bots/bot");
        using var opened = client;
        Assert.Equal("acme", upstream.Headers["x-authsidecar-caller-tenant"]);
        _ = (await new RemoveMember(_harness.Seeder.Store, TimeProvider.System).RunAsync("acme", "ada", CancellationToken.None)).Value;

        Assert.Equal((1008, "workspace_membership_revoked"), await client.ClosedAsync());
    }

    [Theory]
    [InlineData("Scopes", """["llm:invoke"]""", 1008, "insufficient_scope")]
    [InlineData("Subjects", """["service"]""", 1008, "wrong_surface")]
    [InlineData("Relay", "\"ws://127.0.0.1:1/elsewhere\"", 1012, "relay_changed")]
    [InlineData("Relay", "\"\"", 1012, "relay_changed")]
    public async Task ChangedPolicy_EndsWebSocketsThatItDenies(string setting, string value, int code, string reason)
    {
        var (client, _) = await _harness.OpenAsync(await _harness.KeyAsync());
        using var opened = client;
        _harness.Sandbox.Settings["Policies"]!["app"]![setting] = JsonNode.Parse(value);
        _harness.FollowSettings();
        _harness.Sandbox.Save();

        Assert.Equal((code, reason), await client.ClosedAsync());
    }

    [Fact]
    public async Task AuthenticationThatIsSwitchedOff_EndsEverySocket()
    {
        var (client, _) = await _harness.OpenAsync(await _harness.KeyAsync());
        using var opened = client;
        _harness.Sandbox.Settings["Auth"]!["Enabled"] = false;
        _harness.FollowSettings();
        _harness.Sandbox.Save();

        Assert.Equal((1013, "bearer_auth_disabled"), await client.ClosedAsync());
    }

    [Fact]
    public async Task Reauthorization_AcquiresNoResources()
    {
        var key = await _harness.Seeder.AddKeyAsync("ada", "apps:run");
        var (client, _) = await _harness.OpenAsync(key.Token, "/once/x");
        using var opened = client;
        var socket = await _harness.OnlySocketAsync();
        var standing = socket.Authorization;
        await new SetBudget(_harness.Seeder.Store, TimeProvider.System).RunAsync(
            BudgetScope.Key,
            key.Key.Id,
            1_000_000,
            CancellationToken.None
        );

        await Eventually.TrueAsync(() => Task.FromResult(!ReferenceEquals(standing, socket.Authorization)), "it was reauthorized");
        await client.SendTextAsync("still here");
        Assert.Equal("still here", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task StoreOutage_EndsNoWebSocket()
    {
        var (client, _) = await _harness.OpenAsync(await _harness.KeyAsync());
        using var opened = client;
        var socket = await _harness.OnlySocketAsync();
        var due = socket.ReauthorizeAt;
        await using (
            var connection = new SqliteConnection(
                $"Data Source={Path.Combine(_harness.Sandbox.DataDirectory, "authsidecar.db")};Foreign Keys=False;Pooling=False"
            )
        )
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "DROP TABLE ApiKeys";
            await command.ExecuteNonQueryAsync();
        }

        foreach (var follower in _harness.Services.GetServices<ICacheInvalidationHandler>())
        {
            follower.Invalidate(InvalidationSet.Everything);
        }

        // Reauthorized without an answer: due again much sooner than after one.
        await Eventually.TrueAsync(
            () =>
                Task.FromResult(_harness.Logs.Text.Contains("Store unavailable", StringComparison.Ordinal) && socket.ReauthorizeAt != due),
            "it was judged"
        );
        await client.SendTextAsync("still here");
        Assert.Equal("still here", await client.ReceiveTextAsync());
        Assert.False(socket.IsClosing);
    }

    [Fact]
    public async Task ChangeWithoutInvalidation_IsFoundByReauthorization()
    {
        await using var harness = await RelayHarness.StartAsync(
            settings => settings["Cache"] = new JsonObject { ["PositiveTtl"] = "00:00:00" },
            new() { Reauthorization = TimeSpan.FromMilliseconds(100) }
        );
        var key = await harness.Seeder.AddKeyAsync("ada", "apps:run");
        var (client, _) = await harness.OpenAsync(key.Token);
        using var opened = client;
        await using (var context = harness.Seeder.Store.Open())
        {
            context.ApiKeys.Single(row => row.Id == key.Key.Id).RevokedAt = DateTimeOffset.UtcNow;
            await context.SaveChangesAsync();
        }

        Assert.Equal((4004, "token_revoked"), await client.ClosedAsync());
    }

    [Fact]
    public async Task ARevocationWhileTheApplicationIsCalled_IsNotMissed()
    {
        var key = await _harness.Seeder.AddKeyAsync("ada", "apps:run");
        var called = new TaskCompletionSource();
        var mayAnswer = new TaskCompletionSource();
        _harness.Upstream.Refuse = async _ =>
        {
            called.SetResult();
            await mayAnswer.Task;
            return false;
        };
        using var client = await _harness.ConnectAsync();
        await client.EnterAsync(key.Token);
        await called.Task.WaitAsync(SocketConversation.Patience);
        var epoch = _harness.Sockets.Epoch;
        await _harness.Seeder.RevokeAsync(key);
        await Eventually.TrueAsync(() => Task.FromResult(_harness.Sockets.Epoch != epoch), "the invalidation has arrived");
        mayAnswer.SetResult();

        Assert.Equal((4004, "token_revoked"), await client.ClosedAsync());
    }

    [Fact]
    public async Task Lease_IsReleased_ForEveryKindOfEnd()
    {
        await using var harness = await RelayHarness.StartAsync(settings =>
            settings["Limits"] = new JsonObject { ["WebSocketsPerUser"] = 1 }
        );
        var leases = harness.Services.GetRequiredService<ISocketLeases>();
        var key = await harness.Seeder.AddKeyAsync("ada", "full");
        var (client, _) = await harness.OpenAsync(key.Token);
        using (client)
        {
            using var second = await harness.ConnectAsync();
            Assert.Equal((1008, "too_many_sockets"), await second.RefusedAsync(key.Token));
            Assert.Equal(1, leases.Count);
        }

        await FreeAsync("the client broke off");
        using (var unreachable = await harness.ConnectAsync("/unreachable/x"))
        {
            await unreachable.EnterAsync(key.Token);
            await unreachable.ClosedAsync();
        }

        await FreeAsync("there was no application");
        using (var refused = await harness.ConnectAsync("/nowhere/x"))
        {
            await refused.RefusedAsync(key.Token);
        }

        await FreeAsync("there was nowhere to go");
        (client, _) = await harness.OpenAsync(key.Token);
        using (client)
        {
            await harness.Seeder.RevokeAsync(key);
            await client.ClosedAsync();
        }

        await FreeAsync("it was revoked");
        async Task FreeAsync(string why) =>
            await Eventually.TrueAsync(() => Task.FromResult(leases.Count == 0), $"the lease is released after {why}");
    }

    [Fact]
    public async Task RunningRequest_CountsWhileTheSocketIsOpen_AndNoLonger()
    {
        var time = new ShiftedTime();
        await using var harness = await RelayHarness.StartAsync(
            settings =>
                settings["Limits"] = new JsonObject
                {
                    ["WebSocketsPerUser"] = 0,
                    ["WebSocketsPerReplica"] = 0,
                    ["UserParallel"] = 1,
                },
            time: time
        );
        var leases = harness.Services.GetRequiredService<IRequestLeases>();
        var key = await harness.Seeder.AddKeyAsync("ada", "full");
        var (client, _) = await harness.OpenAsync(key.Token);
        using (client)
        {
            // Pings are answered only while the client reads.
            var quiet = client.ReceiveAsync();
            var socket = await harness.OnlySocketAsync();
            for (var round = 0; round < 4; round++)
            {
                var due = socket.RenewAt;
                time.Advance(TimeSpan.FromSeconds(31));
                await Eventually.TrueAsync(() => Task.FromResult(socket.RenewAt != due), "it was renewed");
                await Eventually.TrueAsync(() => Task.FromResult(leases.Count == 1), "it counts");
            }

            using var second = await harness.ConnectAsync();
            Assert.Equal((1008, "too_many_parallel"), await second.RefusedAsync(key.Token));
            Assert.False(quiet.IsCompleted);
        }

        await Eventually.TrueAsync(() => Task.FromResult(leases.Count == 0), "it has ended");
    }

    [Fact]
    public async Task Lease_IsRenewed_WhileTheSocketIsOpen()
    {
        var time = new ShiftedTime();
        await using var harness = await RelayHarness.StartAsync(
            settings => settings["Limits"] = new JsonObject { ["WebSocketsPerUser"] = 1 },
            time: time
        );
        var leases = harness.Services.GetRequiredService<ISocketLeases>();
        var (client, upstream) = await harness.OpenAsync(await harness.KeyAsync());
        using var opened = client;
        var quiet = client.ReceiveAsync();
        var socket = await harness.OnlySocketAsync();
        for (var round = 0; round < 4; round++)
        {
            var due = socket.RenewAt;
            time.Advance(TimeSpan.FromSeconds(31));
            await Eventually.TrueAsync(() => Task.FromResult(socket.RenewAt != due), "it was renewed");
            Assert.Equal(1, leases.Count);
        }

        Assert.False(quiet.IsCompleted);
        Assert.Equal(WebSocketState.Open, upstream.Socket.State);
    }

    private async Task<List<RelayClient>> OpenManyAsync(IEnumerable<string> tokens)
    {
        var clients = new System.Collections.Concurrent.ConcurrentBag<RelayClient>();
        await Parallel.ForEachAsync(tokens, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (token, _) =>
        {
            var client = await _harness.ConnectAsync();
            await client.EnterAsync(token);
            await client.SendTextAsync("open");
            Assert.Equal("open", await client.ReceiveTextAsync());
            clients.Add(client);
        });
        return [.. clients];
    }
}
