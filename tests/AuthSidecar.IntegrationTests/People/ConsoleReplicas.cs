using System.Text.Json.Nodes;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.People;

/// <summary>Sidecars on one store, which all start while it is empty and create its first admin.</summary>
internal sealed class ConsoleReplicas : IAsyncDisposable
{
    public const string Admin = "carol";
    public const string Password = "nine sober wooden ladles";

    private readonly SidecarSandbox _sandbox;

    private ConsoleReplicas(SidecarSandbox sandbox, IReadOnlyList<ConsoleHost> all) => (_sandbox, All) = (sandbox, all);

    public IReadOnlyList<ConsoleHost> All { get; }
    public ConsoleHost One => All[0];
    public ConsoleHost Other => All[1];

    /// <param name="connection">A migrated PostgreSQL; null: one SQLite file.</param>
    /// <param name="redis">Null: each counts by itself.</param>
    /// <param name="count">Number of replicas.</param>
    /// <param name="change">Changes the settings.</param>
    public static async Task<ConsoleReplicas> StartAsync(
        string? connection,
        RedisServer? redis = null,
        int count = 2,
        Action<JsonObject>? change = null
    )
    {
        var sandbox = new SidecarSandbox();
        var settings = sandbox.Settings;
        settings["Auth"]!["Peppers"] = new JsonArray($"file:{sandbox.WriteSecret("pepper", "a pepper that all replicas share")}");
        settings["Console"] = new JsonObject
        {
            ["Bootstrap"] = new JsonObject { ["Name"] = Admin, ["Password"] = Password },
        };
        if (connection is not null)
        {
            settings["Store"] = new JsonObject
            {
                ["Provider"] = "postgres",
                ["ConnectionString"] = $"file:{sandbox.WriteSecret("store", connection)}",
            };
        }

        if (redis is not null)
        {
            settings["Redis"] = new JsonObject { ["ConnectionString"] = redis.Address };
        }

        change?.Invoke(settings);
        sandbox.Save();
        if (connection is not null)
        {
            // Migrates it; replicas never do.
            await using var seeder = await KeySeeder.OpenAsync(sandbox);
        }

        var hosts = await Task.WhenAll(
            Enumerable.Range(0, count).Select(number => Task.Run(() => ConsoleHost.StartAsync(sandbox: sandbox)))
        );
        return new(sandbox, hosts);
    }

    /// <summary>The browser with its cookies and token, whose requests now go to another replica.</summary>
    public static WebBrowser Move(WebBrowser browser, ConsoleHost to)
    {
        var moved = to.Open();
        foreach (var (name, value) in browser.Cookies)
        {
            moved.Cookies[name] = value;
        }

        moved.Token = browser.Token;
        return moved;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in All)
        {
            await replica.DisposeAsync();
        }

        _sandbox.Dispose();
    }
}
