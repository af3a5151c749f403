using System.Text.Json.Nodes;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.People;

/// <summary>Two sidecars on one store, which both start while it is empty and create its first admin.</summary>
internal sealed class ConsoleReplicas : IAsyncDisposable
{
    public const string Admin = "carol";
    public const string Password = "nine sober wooden ladles";

    private readonly SidecarSandbox _sandbox;

    private ConsoleReplicas(SidecarSandbox sandbox, ConsoleHost one, ConsoleHost other) => (_sandbox, One, Other) = (sandbox, one, other);

    public ConsoleHost One { get; }
    public ConsoleHost Other { get; }

    /// <param name="connection">A migrated PostgreSQL; null: one SQLite file.</param>
    /// <param name="redis">Null: each counts by itself.</param>
    public static async Task<ConsoleReplicas> StartAsync(string? connection, RedisServer? redis = null)
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

        sandbox.Save();
        if (connection is not null)
        {
            // Migrates it; replicas never do.
            await using var seeder = await KeySeeder.OpenAsync(sandbox);
        }

        var hosts = await Task.WhenAll(Enumerable.Range(0, 2).Select(number => Task.Run(() => ConsoleHost.StartAsync(sandbox: sandbox))));
        return new(sandbox, hosts[0], hosts[1]);
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
        await One.DisposeAsync();
        await Other.DisposeAsync();
        _sandbox.Dispose();
    }
}
