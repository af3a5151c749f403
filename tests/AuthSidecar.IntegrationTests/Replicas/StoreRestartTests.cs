using System.Collections.Concurrent;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Replicas;

/// <summary>PostgreSQL stops under load and restarts.</summary>
[Collection(nameof(ReplicaServers))]
public sealed class StoreRestartTests(ReplicaServers servers) : IClassFixture<ReplicaServers>
{
    [RequiresFact("postgres", "redis")]
    public async Task WhileTheStoreIsDown_CachedKeysPass_OthersAre503_AndItRecovers()
    {
        var known = (await servers.Seeder.AddKeyAsync("ada", "apps:run")).Token;
        var unknown = (await servers.Seeder.AddKeyAsync("ada", "apps:run")).Token;
        var revoked = await servers.Seeder.AddKeyAsync("ada", "apps:run");
        foreach (var replica in servers.Replicas)
        {
            Assert.Equal("allow", await replica.CheckAsync(known));
            Assert.Equal("allow", await replica.CheckAsync(revoked.Token));
        }

        await servers.Seeder.RevokeAsync(revoked);
        foreach (var replica in servers.Replicas)
        {
            await Eventually.TrueAsync(async () => await replica.CheckAsync(revoked.Token) == "token_revoked", "revoked");

            // A read that overlaps with invalidations may not have been cached.
            Assert.Equal("allow", await replica.CheckAsync(known));
        }

        using var stop = new CancellationTokenSource();
        var seen = new ConcurrentDictionary<(string Token, string Answer), int>();
        var load = servers
            .Replicas.SelectMany(replica =>
                new[] { known, revoked.Token }.Select(token =>
                    Task.Run(async () =>
                    {
                        while (!stop.IsCancellationRequested)
                        {
                            seen.AddOrUpdate((token, await replica.CheckAsync(token)), 1, (_, count) => count + 1);
                        }
                    })
                )
            )
            .ToList();

        await servers.Postgres.KillAsync();
        foreach (var replica in servers.Replicas)
        {
            await Eventually.TrueAsync(
                async () => (await replica.MetricsAsync()).Samples["authsidecar_store_up"] == 0,
                "the outage is noticed"
            );
            Assert.Equal("store_unavailable", await replica.CheckAsync(unknown));
            Assert.Equal("allow", await replica.CheckAsync(known));
        }

        var (exitCode, _, errors) = await SidecarProcess.RunAsync(servers.Sandbox, "keys", "list");
        Assert.Equal(69, exitCode);
        Assert.DoesNotContain(PostgresServer.Password, errors, StringComparison.Ordinal);

        await servers.StartPostgresAgainAsync();
        foreach (var replica in servers.Replicas)
        {
            await Eventually.TrueAsync(async () => await replica.CheckAsync(unknown) == "allow", "look-ups go through");
            await Eventually.TrueAsync(async () => (await replica.MetricsAsync()).Samples["authsidecar_store_up"] == 1, "the store is up");
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.Empty(
            seen.Keys.Except([
                (known, "allow"),
                (known, "store_unavailable"),
                (revoked.Token, "token_revoked"),
                (revoked.Token, "store_unavailable"),
            ])
        );
        Assert.True(seen[(known, "allow")] > 100);
        Assert.Equal("token_revoked", await servers.Replicas[0].CheckAsync(revoked.Token));
        Assert.DoesNotContain(PostgresServer.Password, servers.Output, StringComparison.Ordinal);
    }

    [RequiresFact("postgres", "redis")]
    public async Task StartWithoutTheStore_HasItsExitCode()
    {
        await servers.Postgres.StopAsync();
        try
        {
            var (exitCode, _, errors) = await SidecarProcess.RunAsync(servers.Sandbox, "serve");

            Assert.Equal(69, exitCode);
            Assert.DoesNotContain(PostgresServer.Password, errors, StringComparison.Ordinal);
        }
        finally
        {
            await servers.StartPostgresAgainAsync();
        }
    }
}
