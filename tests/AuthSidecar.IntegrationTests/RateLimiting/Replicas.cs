using System.Text.Json.Nodes;
using AuthSidecar.Administration.Keys;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.RateLimiting;

/// <summary>Sidecars that share a store and optionally a Redis; one user with one key.</summary>
internal sealed class Replicas : IAsyncDisposable
{
    private readonly SidecarSandbox _sandbox = new();

    public List<SidecarProcess> Sidecars { get; } = [];

    public List<LimitClient> Clients { get; } = [];

    public IssuedKey Key { get; private set; } = null!;

    public static async Task<Replicas> StartAsync(
        int count,
        RedisServer? redis,
        JsonObject limits,
        JsonObject policies,
        JsonObject? cache = null
    )
    {
        var replicas = new Replicas();
        var settings = replicas._sandbox.Settings;
        settings["Redis"] = new JsonObject { ["ConnectionString"] = redis?.Address ?? "" };
        settings["Limits"] = limits;
        settings["Delegation"] = new JsonObject { ["GatewayKeys"] = new JsonArray(LimitClient.GatewayKey) };
        settings["Cache"] = cache ?? [];
        foreach (var (name, limit) in policies)
        {
            settings["Policies"]![name] = new JsonObject
            {
                ["Scopes"] = new JsonArray("apps:run"),
                ["Delegation"] = "gateway_key",
                ["Limit"] = limit?.DeepClone(),
            };
        }

        replicas._sandbox.Save();
        await using (var seeder = await KeySeeder.OpenAsync(replicas._sandbox))
        {
            await seeder.AddUserAsync("ada");
            replicas.Key = await seeder.AddKeyAsync("ada", "apps:run");
        }

        for (var i = 0; i < count; i++)
        {
            replicas.Sidecars.Add(await SidecarProcess.StartAsync(replicas._sandbox, $"replica{i}"));
            replicas.Clients.Add(new(replicas.Sidecars[i]));
        }

        return replicas;
    }

    public async ValueTask DisposeAsync()
    {
        Clients.ForEach(client => client.Dispose());
        foreach (var sidecar in Sidecars)
        {
            await sidecar.DisposeAsync();
        }

        _sandbox.Dispose();
    }
}
