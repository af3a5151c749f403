using System.Diagnostics;
using System.Text.Json.Nodes;
using AuthSidecar.IntegrationTests.Lifecycle;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Replicas;

/// <summary>A PostgreSQL that is away for longer than entries live in the cache.</summary>
public sealed class BusyKeyOutageTests : IDisposable
{
    private static readonly TimeSpan _lifetime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _outage = TimeSpan.FromSeconds(6);

    private readonly SidecarSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [RequiresTheory("postgres")]
    [InlineData("stopped")]
    [InlineData("killed")]
    public async Task Outage_RefusesNoKeyInUse(string how)
    {
        await using var postgres = await PostgresServer.StartAsync();
        _sandbox.Settings["Store"] = new JsonObject
        {
            ["Provider"] = "postgres",
            ["ConnectionString"] = $"file:{_sandbox.WriteSecret("store", await postgres.CreateDatabaseAsync())}",
        };
        _sandbox.Settings["Auth"]!["Peppers"] = new JsonArray($"file:{_sandbox.WriteSecret("pepper", "a pepper of the outage's test")}");
        _sandbox.Settings["Cache"] = new JsonObject { ["PositiveTtl"] = $"{_lifetime}", ["VerdictTtl"] = $"{_lifetime}" };
        _sandbox.Save();
        var tokens = new List<string>();
        await using (var seeder = await KeySeeder.OpenAsync(_sandbox))
        {
            await seeder.AddUserAsync("ada");
            for (var number = 0; number < 20; number++)
            {
                tokens.Add((await seeder.AddKeyAsync("ada", "apps:run")).Token);
            }
        }

        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);
        using var client = new CheckClient(sidecar);
        await UseAsync(client, tokens, _lifetime + _lifetime);

        await (how == "killed" ? postgres.KillAsync() : postgres.StopAsync());
        await UseAsync(client, tokens, _outage);
        await postgres.StartAgainAsync();

        await UseAsync(client, tokens, _lifetime + _lifetime);
    }

    private static async Task UseAsync(CheckClient client, List<string> tokens, TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < time)
        {
            foreach (var token in tokens)
            {
                Assert.Equal("allow", await client.CheckAsync(token));
            }

            await Task.Delay(50);
        }
    }
}
