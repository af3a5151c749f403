using System.Net.WebSockets;
using System.Text.Json.Nodes;
using AuthSidecar.Administration.Composition;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Service;
using AuthSidecar.IntegrationTests.Deployment;
using AuthSidecar.IntegrationTests.Replicas;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Redis;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.IntegrationTests.SocketLeases;

/// <summary>
/// Envoy with the shipped envoy.yaml on other ports, before real sidecars (one that decides and optionally another that receives access
/// logs), and an upstream that echoes.
/// </summary>
internal sealed class SocketServers : IAsyncDisposable
{
    // A port without a listener.
    private const int ClosedPort = 1;
    private static readonly HttpClient _http = new();

    private readonly SidecarSandbox _sandbox = new();
    private readonly List<ClientWebSocket> _sockets = [];
    private readonly List<Sidecar> _replicas = [];
    private KeySeeder _seeder = null!;
    private SidecarProcess? _process;

    public EchoUpstream Upstream { get; private set; } = null!;

    public EnvoyServer? Envoy { get; private set; }

    /// <summary>The sidecar that decides.</summary>
    public SidecarAddresses Decider { get; private set; } = null!;

    /// <summary>The sidecar that receives access logs: the same, or another.</summary>
    public SidecarAddresses Receiver { get; private set; } = null!;

    /// <summary>The clock of sidecars that run in this process.</summary>
    public ShiftedTime Time { get; } = new();

    /// <summary>The sidecar, when it is a separate process.</summary>
    public SidecarProcess Process => _process ?? throw new InvalidOperationException("The sidecars run in this process.");

    public IReadOnlyList<ClientWebSocket> Sockets => _sockets;

    public int Port => Envoy!.Port("edge_http");

    /// <summary>One running sidecar.</summary>
    public static Task<SocketServers> StartAsync(EnvoyRelease release, JsonObject? limits = null) =>
        StartAsync(release, limits, null, 0, servers => servers.StartProcessAsync());

    /// <summary>Sidecars in this process: one, or with Redis two, of which one decides and the other receives access logs.</summary>
    /// <param name="release">The Envoy.</param>
    /// <param name="redis">Null: one sidecar.</param>
    /// <param name="parallel">Requests of a caller that may run at a time; 0: no limit.</param>
    public static Task<SocketServers> StartHereAsync(EnvoyRelease release, RedisServer? redis = null, int parallel = 0) =>
        StartAsync(release, null, redis, parallel, servers => servers.StartReplicasAsync(redis is null ? 1 : 2));

    public Task<IssuedKey> AddKeyAsync(string user) => _seeder.AddKeyAsync(user, "apps:run");

    public async Task<IssuedKey> AddUserAsync(string name)
    {
        await _seeder.AddUserAsync(name);
        return await AddKeyAsync(name);
    }

    /// <summary>Opens a WebSocket and waits for the upstream's first message.</summary>
    public async Task<ClientWebSocket> OpenAsync(IssuedKey key, string path = "/ws/echo")
    {
        var socket = await TestSupport.Servers.Sockets.ConnectAsync(Port, path, ("Authorization", $"Bearer {key.Token}"));
        _sockets.Add(socket);
        await TestSupport.Servers.Sockets.ReceiveAsync(socket);
        return socket;
    }

    /// <summary>Opens a WebSocket, with retries until the cap admits it.</summary>
    public Task OpenWhenThereIsRoomAsync(IssuedKey key) =>
        Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await OpenAsync(key);
                    return true;
                }
                catch (WebSocketException refusal)
                {
                    // A second request could take the free slot.
                    Assert.Contains("'426'", refusal.Message, StringComparison.Ordinal);
                    return false;
                }
            },
            "a slot is free again"
        );

    /// <summary>A handshake that is answered by an HTTP response.</summary>
    public Task<RawAnswer> RefuseAsync(IssuedKey key, string path = "/ws/echo") =>
        RawHttp.SendAsync(
            Port,
            $"GET {path}",
            [
                .. TestSupport.Servers.Sockets.Handshake.Where(line => !line.StartsWith("Connection:", StringComparison.Ordinal)),
                "Connection: Upgrade, close",
                $"Authorization: Bearer {key.Token}",
            ]
        );

    public static async Task CloseAsync(ClientWebSocket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
    }

    public static async Task<IReadOnlyDictionary<string, double>> MetricsAsync(SidecarAddresses sidecar) =>
        Exposition.Parse(await _http.GetStringAsync(new Uri(sidecar.Console, "/metrics"))).Samples;

    /// <summary>The number of open WebSockets in this sidecar's metric.</summary>
    public static async Task<int> CountAsync(SidecarAddresses sidecar) =>
        (int)(await MetricsAsync(sidecar)).GetValueOrDefault("authsidecar_sockets_open");

    public static Task UntilOpenAsync(SidecarAddresses sidecar, int count) =>
        Eventually.TrueAsync(async () => await CountAsync(sidecar) == count, $"{count} sockets are open");

    /// <summary>Waits until Envoy has sent this many log entries.</summary>
    public Task UntilLoggedAsync(int entries) =>
        Eventually.TrueAsync(
            async () =>
                (await MetricsAsync(Receiver)).GetValueOrDefault("""authsidecar_access_log_entries_total{result="socket"}""") >= entries,
            "the log reports live sockets"
        );

    /// <summary>Kills the sidecar (SIGKILL) and restarts it at the same address.</summary>
    public async Task KillAndStartAgainAsync()
    {
        Process.Kill();
        await Process.ExitAsync();
        await Process.DisposeAsync();
        await StartProcessAsync();
        await Envoy!.WaitUntilHealthyAsync("authsidecar_check");
    }

    /// <summary>Kills Envoy (SIGKILL).</summary>
    public async Task KillEnvoyAsync()
    {
        await (Envoy?.DisposeAsync() ?? ValueTask.CompletedTask);
        Envoy = null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }

        await KillEnvoyAsync();
        await (_process?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var replica in _replicas)
        {
            await replica.StopAsync(CancellationToken.None);
            await replica.DisposeAsync();
        }

        await (Upstream?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_seeder?.DisposeAsync() ?? ValueTask.CompletedTask);
        _sandbox.Dispose();
    }

    private static async Task<SocketServers> StartAsync(
        EnvoyRelease release,
        JsonObject? limits,
        RedisServer? redis,
        int parallel,
        Func<SocketServers, Task> start
    )
    {
        var servers = new SocketServers();
        try
        {
            servers.Write(limits, redis, parallel);
            servers._seeder = await KeySeeder.OpenAsync(servers._sandbox);
            servers.Upstream = await EchoUpstream.StartAsync();
            await start(servers);
            servers.Envoy = await EnvoyServer.StartAsync(release, servers.Config());
            await servers.Envoy.WaitUntilHealthyAsync("authsidecar_check");
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    private void Write(JsonObject? limits, RedisServer? redis, int parallel)
    {
        _sandbox.Settings["Listen"]!["Closer"] = "http://127.0.0.1:0";
        _sandbox.Settings["Policies"] = JsonNode.Parse(
            $$"""
            {
              "ws": { "Scopes": ["apps:run"], "Limit": { "Permits": 0, "Parallel": {{parallel}} } },
              "live": { "Scopes": ["apps:run"], "WsDeny": "close", "Limit": { "Permits": 0, "Parallel": {{parallel}} } }
            }
            """
        );
        if (limits is not null)
        {
            _sandbox.Settings["Limits"] = limits;
        }

        if (redis is not null)
        {
            _sandbox.Settings["Redis"] = new JsonObject { ["ConnectionString"] = redis.Address };
        }

        _sandbox.Save();
    }

    // On a fixed port, so that Envoy reconnects.
    private async Task StartProcessAsync()
    {
        var port = Decider?.Check.Port ?? RedisServer.FreePort();
        _process = await SidecarProcess.StartAsync(_sandbox, "sidecar", $"--Listen:Check=http://127.0.0.1:{port}");
        Decider = Receiver = SidecarAddresses.Of(_process);
    }

    private async Task StartReplicasAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var source = new SettingsSource(_sandbox.ConfigFile, new Dictionary<string, string>(), [], _sandbox.Root);
            var settings = new SettingsMonitor(
                source,
                SettingsLoader.Load(source),
                TimeProvider.System,
                NullLogger<SettingsMonitor>.Instance
            );
            _replicas.Add(await Sidecar.StartAsync(settings, Replace, CancellationToken.None));
        }

        Decider = SidecarAddresses.Of(_replicas[0]);
        Receiver = SidecarAddresses.Of(_replicas[^1]);
    }

    // Longer than the default: a busy machine must not look like a Redis outage.
    private void Replace(IServiceCollection services)
    {
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton(new DecisionLog(TimeProvider.System, Stream.Null));
        if (services.Any(service => service.ServiceType == typeof(RedisCircuitBreaker)))
        {
            services.AddSingleton(provider => ActivatorUtilities.CreateInstance<RedisCircuitBreaker>(provider, TimeSpan.FromSeconds(20)));
        }
    }

    // The log is flushed sooner, to shorten the tests.
    private string Config()
    {
        var text = EnvoyConfig
            .Patient(ShippedEnvoy.OfManyClients)
            .Replace("access_log_flush_interval: 30s", "access_log_flush_interval: 1s");
        var start = text.IndexOf("- name: authsidecar_stream", StringComparison.Ordinal);
        var after = text.IndexOf("  - name:", start, StringComparison.Ordinal);
        return EnvoyConfig.OnPorts(
            text[..start] + EnvoyConfig.OnPorts(text[start..after], (ShippedEnvoy.CheckPort, Receiver.Check.Port)) + text[after..],
            (ShippedEnvoy.AdminPort, 0),
            (ShippedEnvoy.ListenerPort, 0),
            (ShippedEnvoy.CheckPort, Decider.Check.Port),
            (ShippedEnvoy.CloserPort, Decider.Closer.Port),
            (ShippedEnvoy.RelayPort, ClosedPort),
            (ShippedEnvoy.UpstreamPort, Upstream.Port)
        );
    }
}

/// <summary>The address of a sidecar's listener.</summary>
internal sealed record SidecarAddresses(Uri Check, Uri Closer, Uri Console)
{
    public static SidecarAddresses Of(SidecarProcess sidecar)
    {
        var closer = sidecar.ReadyLine.Split(' ').Single(entry => entry.StartsWith("closer=", StringComparison.Ordinal));
        return new(sidecar.Check, new(closer["closer=".Length..]), sidecar.Console);
    }

    public static SidecarAddresses Of(Sidecar sidecar) =>
        new(new(sidecar.Addresses[Listener.Check]), new(sidecar.Addresses[Listener.Closer]), new(sidecar.Addresses[Listener.Console]));
}
