using System.Text.Json.Nodes;
using AuthSidecar.IntegrationTests.Lifecycle;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Replicas;

/// <summary>Three sidecars with one PostgreSQL and one Redis, as on three machines.</summary>
public sealed class ReplicaServers : IAsyncLifetime
{
    private readonly List<Replica> _replicas = [];

    internal SidecarSandbox Sandbox { get; } = new();

    internal PostgresServer Postgres { get; private set; } = null!;

    internal RedisServer Redis { get; private set; } = null!;

    /// <summary>A separate process that creates and revokes keys, without access to Redis.</summary>
    internal KeySeeder Seeder { get; private set; } = null!;

    internal IReadOnlyList<Replica> Replicas => _replicas;

    public async Task InitializeAsync()
    {
        if ((Requires.SkipReason("postgres") ?? Requires.SkipReason("redis")) is not null)
        {
            return;
        }

        Postgres = await PostgresServer.StartAsync();
        Redis = await RedisServer.StartAsync();
        Sandbox.Settings["Store"] = new JsonObject
        {
            ["Provider"] = "postgres",
            ["ConnectionString"] = $"file:{Sandbox.WriteSecret("store", await Postgres.CreateDatabaseAsync())}",
        };
        Sandbox.Settings[nameof(Redis)] = new JsonObject { ["ConnectionString"] = Redis.Address };
        Sandbox.Settings["Auth"]!["Peppers"] = new JsonArray($"file:{Sandbox.WriteSecret("pepper", "a pepper that all replicas share")}");
        Sandbox.Settings["Limits"] = new JsonObject { ["FailedAuthPerMinute"] = 0 };
        Sandbox.Save();
        Seeder = await KeySeeder.OpenAsync(Sandbox);
        await Seeder.AddUserAsync("ada");
        _replicas.AddRange(await Task.WhenAll(Enumerable.Range(0, 3).Select(number => Replica.StartAsync(Sandbox, $"replica{number}"))));
    }

    public async Task DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        if (Seeder is not null)
        {
            await Seeder.DisposeAsync();
            await Redis.DisposeAsync();
            await Postgres.DisposeAsync();
        }

        Sandbox.Dispose();
    }

    /// <summary>Kills one (SIGKILL).</summary>
    internal async Task KillAsync(int number)
    {
        _replicas[number].Process.Kill();
        await _replicas[number].Process.ExitAsync();
    }

    internal async Task StartAgainAsync(int number)
    {
        await _replicas[number].DisposeAsync();
        _replicas[number] = await Replica.StartAsync(Sandbox, _replicas[number].Name);
    }

    /// <summary>Also waits until the seeder has closed its connections to the previous server.</summary>
    internal async Task StartPostgresAgainAsync()
    {
        await Postgres.StartAgainAsync();
        await Eventually.TrueAsync(IsSeederConnectedAsync, "the seeder reaches the store");
    }

    /// <summary>Standard output and error so far.</summary>
    internal string Output => string.Concat(_replicas.Select(replica => replica.Process.Output + replica.Process.Errors));

    private async Task<bool> IsSeederConnectedAsync()
    {
        try
        {
            await Seeder.Store.PrepareAsync(CancellationToken.None);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }
}

/// <summary>A sidecar and Envoy's end of a connection to it.</summary>
internal sealed class Replica(SidecarProcess process, string name) : IAsyncDisposable
{
    public string Name => name;

    public SidecarProcess Process => process;

    public CheckClient Client { get; } = new(process);

    public static async Task<Replica> StartAsync(SidecarSandbox sandbox, string name) =>
        new(await SidecarProcess.StartAsync(sandbox, name), name);

    /// <returns><c>allow</c>, the reason of the refusal, or <c>gone</c>.</returns>
    public async Task<string> CheckAsync(string token)
    {
        try
        {
            return await Client.CheckAsync(token);
        }
        catch (Grpc.Core.RpcException)
        {
            return "gone";
        }
    }

    public async Task<Exposition> MetricsAsync()
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(process.Console, "/metrics"));
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        return Exposition.Parse(await answer.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await process.DisposeAsync();
    }
}
