using System.Text.Json.Nodes;
using AuthSidecar.Administration.Composition;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using AuthSidecar.WebSockets.Relay;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.IntegrationTests.Relay;

/// <summary>
/// A real sidecar in this process with its relay listening, before an application. A path's first segment names the policy.
/// </summary>
internal sealed class RelayHarness : IAsyncDisposable
{
    private readonly SettingsMonitor _settings;
    private readonly Sidecar _sidecar;

    private RelayHarness(
        SidecarSandbox sandbox,
        RelayUpstream upstream,
        KeySeeder seeder,
        SettingsMonitor settings,
        Sidecar sidecar,
        RecordedLogs logs
    ) => (Sandbox, Upstream, Seeder, _settings, _sidecar, Logs) = (sandbox, upstream, seeder, settings, sidecar, logs);

    public SidecarSandbox Sandbox { get; }

    public RelayUpstream Upstream { get; }

    /// <summary>A separate process that creates and revokes keys.</summary>
    public KeySeeder Seeder { get; }

    public RecordedLogs Logs { get; }

    public IServiceProvider Services => _sidecar.Services;

    public SocketRegistry Sockets => Services.GetRequiredService<SocketRegistry>();

    public int Port => PortOf(Listener.Relay);

    public static async Task<RelayHarness> StartAsync(
        Action<JsonObject>? with = null,
        RelayTimeouts? times = null,
        TimeProvider? time = null
    )
    {
        var upstream = await RelayUpstream.StartAsync();
        var sandbox = new SidecarSandbox();
        sandbox.Settings["Listen"]!["Relay"] = "http://127.0.0.1:0";
        sandbox.Settings["Limits"] = new JsonObject { ["WebSocketsPerUser"] = 0, ["WebSocketsPerReplica"] = 0 };
        sandbox.Settings["Policies"] = JsonNode.Parse(
            $$"""
            {
              "app": { "Scopes": ["apps:run"], "Relay": "ws://127.0.0.1:{{upstream.Port}}", "Limit": { "Permits": 0 } },
              "fixed": { "Scopes": ["apps:run"], "Relay": "ws://127.0.0.1:{{upstream.Port}}/live/%7Eroom", "Limit": { "Permits": 0 } },
              "short": { "Scopes": ["apps:run"], "Relay": "ws://127.0.0.1:{{upstream.Port}}", "Limit": { "Permits": 0 }, "MaxStreamDuration": "00:00:01" },
              "once": { "Scopes": ["apps:run"], "Relay": "ws://127.0.0.1:{{upstream.Port}}", "Limit": { "Permits": 1, "Window": "01:00:00" } },
              "nowhere": { "Scopes": ["apps:run"] },
              "public": { "Public": true },
              "unreachable": { "Scopes": ["apps:run"], "Relay": "ws://127.0.0.1:1" }
            }
            """
        );
        sandbox.Settings["Rules"] = new JsonArray([
            .. sandbox.Settings["Policies"]!
                .AsObject()
                .Select(policy => JsonNode.Parse($$"""{ "Path": "/{{policy.Key}}/{**rest}", "Policy": "{{policy.Key}}" }""")),
        ]);
        with?.Invoke(sandbox.Settings);
        sandbox.Save();
        var seeder = await KeySeeder.OpenAsync(sandbox);
        await seeder.AddUserAsync("ada");

        var source = new SettingsSource(sandbox.ConfigFile, new Dictionary<string, string>(), [], sandbox.Root);
        var loaded = SettingsLoader.Load(source);
        Assert.True(loaded.Settings is not null, string.Join('\n', loaded.Errors));
        var settings = new SettingsMonitor(source, loaded, TimeProvider.System, NullLogger<SettingsMonitor>.Instance);
        var logs = new RecordedLogs();
        var sidecar = await Sidecar.StartAsync(settings, Replace, CancellationToken.None);
        return new(sandbox, upstream, seeder, settings, sidecar, logs);

        void Replace(IServiceCollection services)
        {
            services.AddSingleton(new DecisionLog(TimeProvider.System, logs));
            services.AddSingleton(times ?? new RelayTimeouts());
            services.AddLogging(logging => logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(logs));
            if (time is not null)
            {
                services.AddSingleton(time);
            }
        }
    }

    /// <summary>Waits, between tests, until every WebSocket of the previous test has ended.</summary>
    public async Task ForgetAsync()
    {
        await Eventually.TrueAsync(() => Task.FromResult(Sockets.ActiveConnections == 0), "no socket is left");
        await Upstream.ForgetAsync();
        Logs.Forget();
    }

    public int PortOf(Listener listener) => new Uri(_sidecar.Addresses[listener]).Port;

    public async Task<string> KeyAsync(params string[] scopes) =>
        (await Seeder.AddKeyAsync("ada", scopes is [] ? ["apps:run"] : scopes)).Token;

    public Task<RelayClient> ConnectAsync(string target = "/app/x", Action<System.Net.WebSockets.ClientWebSocketOptions>? with = null) =>
        RelayClient.ConnectAsync(Port, target, with);

    /// <summary>An open WebSocket and the application's end of it.</summary>
    public async Task<(RelayClient Client, UpstreamSocket Upstream)> OpenAsync(
        string token,
        string target = "/app/x",
        Action<System.Net.WebSockets.ClientWebSocketOptions>? with = null
    )
    {
        var client = await ConnectAsync(target, with);
        await client.EnterAsync(token);
        return (client, await Upstream.NextAsync());
    }

    /// <summary>The only open WebSocket.</summary>
    public async Task<RelayedSocket> OnlySocketAsync()
    {
        await Eventually.TrueAsync(() => Task.FromResult(Sockets.Count == 1), "one socket is open");
        return Sockets.All.Single();
    }

    /// <summary>Applies changed settings, as the running program does.</summary>
    public void FollowSettings() => _settings.Start();

    public Task StopAsync() => _sidecar.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _sidecar.DisposeAsync();
        _settings.Dispose();
        await Seeder.DisposeAsync();
        await Upstream.DisposeAsync();
        Sandbox.Dispose();
    }
}

/// <summary>One harness for a class whose tests leave no state behind.</summary>
public sealed class SharedRelay : IAsyncLifetime
{
    internal RelayHarness Harness { get; private set; } = null!;

    public async Task InitializeAsync() => Harness = await RelayHarness.StartAsync();

    public async Task DisposeAsync() => await Harness.DisposeAsync();
}
