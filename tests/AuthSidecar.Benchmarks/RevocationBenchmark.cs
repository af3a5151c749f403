using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Redis;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Authz = global::Envoy.Service.Auth.V3.Authorization;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// Time from a revocation until each of three replicas denies the key under load of other keys; once with Redis, once with the table alone.
/// </summary>
internal sealed class RevocationBenchmark(Size size)
{
    private readonly int _keys = size.Pick(1_000, 10);
    private readonly int _replicas = size.Pick(3, 1);
    private const int LoadPerSecond = 200;

    public async Task<Table> RunAsync()
    {
        var table = new Table("ms until all refuse", "p50", "p99", "worst");
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        Add(table, "with Redis", await MeasureAsync(postgres, redis));
        Add(table, "PostgreSQL alone", await MeasureAsync(postgres, null));
        table.Results.Add(
            $"{_keys:N0} keys, each known to {_replicas} replicas, one revoked after the other; {LoadPerSecond} other checks a second "
                + "on each replica. From the start of the revocation, its commit included. Aim: 1,000."
        );
        return table;
    }

    private static void Add(Table table, string name, List<double> times) =>
        table.Add(name, $"{times.Percentile(50):F1}", $"{times.Percentile(99):F1}", $"{times.Max():F1}");

    private async Task<List<double>> MeasureAsync(PostgresServer postgres, RedisServer? redis)
    {
        using var sandbox = new SidecarSandbox();
        sandbox.Settings["Store"] = new JsonObject
        {
            ["Provider"] = "postgres",
            ["ConnectionString"] = await postgres.CreateDatabaseAsync(),
        };
        sandbox.Settings["Redis"] = new JsonObject { ["ConnectionString"] = redis?.Address ?? "" };
        sandbox.Settings["Auth"]!["Peppers"] = new JsonArray("a pepper that all replicas share");
        sandbox.Save();
        await using var seeder = await KeySeeder.OpenAsync(sandbox);
        await seeder.AddUserAsync(BenchmarkHarness.User);
        var background = (await seeder.AddKeyAsync(BenchmarkHarness.User, BenchmarkHarness.Scope)).Token;
        var keys = new List<IssuedKey>();
        for (var number = 0; number < _keys; number++)
        {
            keys.Add(await seeder.AddKeyAsync(BenchmarkHarness.User, BenchmarkHarness.Scope));
        }

        await using var connection = redis is null
            ? null
            : new RedisConnection(RedisAddress.Parse(new(redis.Address))!, NullLogger<RedisConnection>.Instance);
        if (connection is not null)
        {
            await connection.StartAsync(CancellationToken.None);
            seeder.Store.AnnounceOver(
                new InvalidationPublisher(
                    connection,
                    new(new([new("a pepper that all replicas share")])),
                    TimeProvider.System,
                    NullLogger<InvalidationPublisher>.Instance
                )
            );
        }

        var replicas = new List<SidecarProcess>();
        try
        {
            for (var number = 0; number < _replicas; number++)
            {
                replicas.Add(await SidecarProcess.StartAsync(sandbox, $"replica{number}"));
            }

            return await MeasureAsync(seeder, keys, background, replicas);
        }
        finally
        {
            foreach (var replica in replicas)
            {
                await replica.DisposeAsync();
            }
        }
    }

    private static async Task<List<double>> MeasureAsync(
        KeySeeder seeder,
        List<IssuedKey> keys,
        string background,
        List<SidecarProcess> replicas
    )
    {
        var channels = replicas.Select(replica => GrpcChannel.ForAddress(replica.Check)).ToList();
        var clients = channels.Select(channel => new Authz.AuthorizationClient(channel)).ToList();
        foreach (var client in clients)
        {
            await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (key, _) =>
                BenchmarkHarness.MustAllow(await CheckAsync(client, key.Token))
            );
        }

        using var stop = new CancellationTokenSource();
        var load = clients.Select(client => LoadAsync(client, background, stop.Token)).ToList();
        var times = new ConcurrentQueue<double>();
        foreach (var key in keys)
        {
            var clock = Stopwatch.StartNew();
            var refusals = clients.Select(client => RefusedAsync(client, key.Token, clock)).ToList();
            await seeder.RevokeAsync(key);
            times.Enqueue((await Task.WhenAll(refusals)).Max());
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        channels.ForEach(channel => channel.Dispose());
        return [.. times];
    }

    private static async Task<double> RefusedAsync(Authz.AuthorizationClient client, string token, Stopwatch clock)
    {
        while (true)
        {
            var answer = await CheckAsync(client, token);
            if (answer.Status.Code != 0)
            {
                return answer.DynamicMetadata.Fields["reason"].StringValue == "token_revoked"
                    ? clock.Elapsed.TotalMilliseconds
                    : throw new InvalidOperationException($"Unexpected answer: {answer}");
            }

            await Task.Delay(1);
        }
    }

    private static async Task LoadAsync(Authz.AuthorizationClient client, string token, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        for (var sent = 0; !stop.IsCancellationRequested; sent++)
        {
            BenchmarkHarness.MustAllow(await CheckAsync(client, token));
            if (TimeSpan.FromSeconds((double)sent / LoadPerSecond) - clock.Elapsed is { Ticks: > 0 } pause)
            {
                await Task.Delay(pause, CancellationToken.None);
            }
        }
    }

    private static async Task<global::Envoy.Service.Auth.V3.CheckResponse> CheckAsync(Authz.AuthorizationClient client, string token) =>
        await client.CheckAsync(CheckMessages.For(token), deadline: DateTime.UtcNow.AddSeconds(30));
}
