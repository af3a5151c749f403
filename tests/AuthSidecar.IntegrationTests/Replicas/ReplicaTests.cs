using System.Text.Json;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;
using Xunit.Abstractions;

namespace AuthSidecar.IntegrationTests.Replicas;

/// <summary>Three replicas share all state; none is special.</summary>
[Collection(nameof(ReplicaServers))]
public sealed class ReplicaTests(ReplicaServers servers, ITestOutputHelper output) : IClassFixture<ReplicaServers>
{
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(1);

    [RequiresFact("postgres", "redis")]
    public async Task AllReplicasAgree_AndAKilledOneLosesNoState()
    {
        await servers.Seeder.AddUserAsync("grace");
        await servers.Seeder.SetStatusAsync("grace", UserStatus.Suspended);
        var good = (await KeyAsync()).Token;
        var revoked = await KeyAsync();
        await servers.Seeder.RevokeAsync(revoked);
        var expected = new Dictionary<string, string>
        {
            [good] = "allow",
            [revoked.Token] = "token_revoked",
            [(await servers.Seeder.AddKeyAsync("ada", "other")).Token] = "insufficient_scope",
            [(await servers.Seeder.AddKeyAsync("grace", "apps:run")).Token] = "invalid_token",
            [KeyToken.Generate(TokenFamily.Ask)] = "invalid_token",
        };
        await MustAnswerAsync(expected);

        await servers.KillAsync(1);
        try
        {
            Assert.Equal("gone", await servers.Replicas[1].CheckAsync(good));
            var made = await KeyAsync();
            expected[made.Token] = "allow";
            foreach (var survivor in new[] { servers.Replicas[0], servers.Replicas[2] })
            {
                Assert.Equal("allow", await survivor.CheckAsync(good));
                Assert.Equal("allow", await survivor.CheckAsync(made.Token));
            }
        }
        finally
        {
            await servers.StartAgainAsync(1);
        }

        await MustAnswerAsync(expected);
    }

    [RequiresFact("postgres", "redis")]
    public async Task RevokedByACommand_IsRefusedEverywhereWithinASecond()
    {
        await RefusedSoonAsync();
        await Task.WhenAll(
            servers.Replicas.Select(async replica =>
            {
                var metrics = await replica.MetricsAsync();
                Assert.True(metrics.Samples["""authsidecar_revocation_messages_total{result="applied"}"""] >= 1);
                Assert.Equal(
                    (1, 1, 1),
                    (
                        metrics.Samples["authsidecar_store_up"],
                        metrics.Samples["authsidecar_revocation_bus_up"],
                        metrics.Samples["authsidecar_revocation_objective_seconds"]
                    )
                );
            })
        );
    }

    [RequiresFact("postgres", "redis")]
    public async Task WithoutRedis_RevocationIsRefusedEverywhereWithinASecond()
    {
        await servers.Redis.KillAsync();
        try
        {
            await RefusedSoonAsync();
        }
        finally
        {
            await servers.Redis.RestartAsync();
        }

        await Task.WhenAll(
            servers.Replicas.Select(replica =>
                Eventually.TrueAsync(
                    async () => (await replica.MetricsAsync()).Samples["authsidecar_revocation_bus_up"] == 1,
                    "the subscription is restored"
                )
            )
        );
    }

    /// <summary>Lookups that began before the revocation end after it, on all replicas; none may be cached.</summary>
    [RequiresFact("postgres", "redis")]
    public async Task RevokedDuringLookUps_OnceRefusedStaysRefused()
    {
        for (var round = 0; round < Heavy.Or(50, 10); round++)
        {
            var key = await KeyAsync();
            using var stop = new CancellationTokenSource();
            var asking = servers
                .Replicas.SelectMany(replica =>
                    Enumerable.Range(0, 4).Select(_ => Task.Run(() => CheckUntilAsync(replica, key.Token, stop.Token)))
                )
                .ToList();
            await servers.Seeder.RevokeAsync(key);
            await Task.WhenAll(servers.Replicas.Select(replica => RefusedAsync(replica, key.Token)));
            await stop.CancelAsync();
            foreach (var answers in await Task.WhenAll(asking))
            {
                Assert.DoesNotContain("allow", answers.SkipWhile(answer => answer != "token_revoked"));
                Assert.Empty(answers.Except(["allow", "token_revoked"]));
            }

            await MustAnswerAsync(new() { [key.Token] = "token_revoked" });
        }
    }

    [RequiresFact("postgres", "redis")]
    public async Task Expiry_IsAuditedOnce_AcrossReplicas()
    {
        var ids = new List<string>();
        var expired = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        foreach (var _ in Enumerable.Range(0, 10))
        {
            var key = (
                await new CreateKey(servers.Seeder.Store, servers.Seeder.Hasher, TimeProvider.System).RunAsync(
                    new("ada") { Scopes = ["apps:run"], ExpiresAt = expired },
                    CancellationToken.None
                )
            ).Value;
            ids.Add(key.Key.Id);
            var token = key.Token;
            Assert.All(await Task.WhenAll(servers.Replicas.Select(replica => replica.CheckAsync(token))), answer =>
                Assert.Equal("token_expired", answer)
            );
        }

        // Stopping flushes pending writes.
        for (var number = 0; number < servers.Replicas.Count; number++)
        {
            servers.Replicas[number].Process.Terminate();
            Assert.Equal(0, await servers.Replicas[number].Process.ExitAsync());
        }

        var audited = servers
            .Output.Split('\n')
            .Where(line => line.Contains("\"category\":\"Audit\"", StringComparison.Ordinal))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(state => state.GetProperty("audit").GetBoolean() && state.GetProperty("event").GetString() == "token_expired")
            .Select(state => state.GetProperty("key_id").GetString())
            .ToList();
        for (var number = 0; number < servers.Replicas.Count; number++)
        {
            await servers.StartAgainAsync(number);
        }

        Assert.All(ids, id => Assert.Single(audited, audit => audit == id));
        await using var context = servers.Seeder.Store.Open();
        Assert.Equal(ids.Count, await context.ApiKeys.CountAsync(key => ids.Contains(key.Id) && key.ExpiredAt != null));
    }

    [RequiresFact("postgres", "redis")]
    public async Task Metrics_MatchTheEvents()
    {
        var good = (await KeyAsync()).Token;
        var replica = servers.Replicas[0];
        const string Allowed = """authsidecar_decisions_total{decision="allow",policy="app",reason=""}""";
        const string Denied = """authsidecar_decisions_total{decision="deny",policy="app",reason="invalid_token"}""";
        const string Hits = """authsidecar_cache_requests_total{cache="key_token",result="hit"}""";

        // Must arrive later than the invalidation of the first key's creation, which would drop it from the cache again.
        var later = await KnownKeyAsync();
        await servers.Seeder.RevokeAsync(later);
        await RefusedAsync(replica, later.Token);

        // A read that overlaps with invalidations is not always cached.
        await Eventually.TrueAsync(
            async () =>
            {
                var hits = (await replica.MetricsAsync()).Samples.GetValueOrDefault(Hits);
                return await replica.CheckAsync(good) == "allow" && (await replica.MetricsAsync()).Samples.GetValueOrDefault(Hits) > hits;
            },
            "the key is remembered"
        );
        var before = (await replica.MetricsAsync()).Samples;

        Assert.Equal("allow", await replica.CheckAsync(good));
        Assert.Equal("allow", await replica.CheckAsync(good));
        Assert.Equal("invalid_token", await replica.CheckAsync("nonsense"));

        var after = await replica.MetricsAsync();
        Assert.Equal(2, after.Samples[Allowed] - before.GetValueOrDefault(Allowed));
        Assert.Equal(1, after.Samples[Denied] - before.GetValueOrDefault(Denied));
        Assert.Equal(2, after.Samples[Hits] - before.GetValueOrDefault(Hits));
        Assert.Equal(
            3,
            after.Samples["authsidecar_check_duration_seconds_count"] - before.GetValueOrDefault("authsidecar_check_duration_seconds_count")
        );
        var documented = Repository.Text("docs", "reference", "metrics.md");
        Assert.All(after.Types.Keys, name => Assert.Contains($"| `{name}` |", documented, StringComparison.Ordinal));
        Assert.DoesNotContain(after.Samples.Keys, name =>
            name.Contains(good, StringComparison.Ordinal) || name.Contains(KeyToken.IdOf(good), StringComparison.Ordinal)
        );
    }

    [RequiresFact("postgres", "redis")]
    public void Output_ContainsNoPasswords() => Assert.DoesNotContain(PostgresServer.Password, servers.Output, StringComparison.Ordinal);

    private static async Task<List<string>> CheckUntilAsync(Replica replica, string token, CancellationToken stop)
    {
        var answers = new List<string>();
        while (!stop.IsCancellationRequested)
        {
            answers.Add(await replica.CheckAsync(token));
        }

        return answers;
    }

    private Task<IssuedKey> KeyAsync() => servers.Seeder.AddKeyAsync("ada", "apps:run");

    /// <summary>A key in every replica's cache.</summary>
    private async Task<IssuedKey> KnownKeyAsync()
    {
        var key = await KeyAsync();
        await MustAnswerAsync(new() { [key.Token] = "allow" });
        return key;
    }

    private async Task MustAnswerAsync(Dictionary<string, string> expected)
    {
        foreach (var replica in servers.Replicas)
        {
            foreach (var (token, answer) in expected)
            {
                Assert.Equal(answer, await replica.CheckAsync(token));
            }
        }
    }

    private static Task<TimeSpan> RefusedAsync(Replica replica, string token) =>
        Eventually.TrueAsync(async () => await replica.CheckAsync(token) == "token_revoked", $"refused at {replica.Name}");

    // A busy machine may be late once; a mechanism that is too slow is late every time.
    private async Task RefusedSoonAsync()
    {
        var slowest = TimeSpan.MaxValue;
        for (var attempt = 0; attempt < 5 && slowest > Promise; attempt++)
        {
            var key = await KnownKeyAsync();
            var (exitCode, _, errors) = await SidecarProcess.RunAsync(servers.Sandbox, "keys", "revoke", key.Key.Id);
            Assert.True(exitCode == 0, errors);
            slowest = (await Task.WhenAll(servers.Replicas.Select(replica => RefusedAsync(replica, key.Token)))).Max();
            output.WriteLine($"refused everywhere {slowest.TotalMilliseconds:F0} ms after the command");
        }

        Assert.InRange(slowest, TimeSpan.Zero, Promise);
    }
}
