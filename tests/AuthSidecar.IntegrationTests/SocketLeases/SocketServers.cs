using System.Net.WebSockets;
using System.Text.Json.Nodes;
using AuthSidecar.IntegrationTests.Deployment;
using AuthSidecar.IntegrationTests.Lifecycle;
using AuthSidecar.IntegrationTests.Servers;
using AuthSidecar.Keys;
using AuthSidecar.TestKit;

namespace AuthSidecar.IntegrationTests.SocketLeases;

/// <summary>
/// Envoy with the shipped envoy.yaml on other ports, before real sidecars, one that is asked and perhaps another that hears the log, and an upstream that echoes.
/// </summary>
internal sealed class SocketServers : IAsyncDisposable
{
    // A port at which nothing listens.
    private const int Nobody = 1;
    private const string Open = "authsidecar_sockets_open";
    private static readonly HttpClient _http = new();

    private readonly SidecarHome _home = new();
    private readonly List<ClientWebSocket> _sockets = [];
    private KeyDesk _desk = null!;

    public EchoUpstream Upstream { get; private set; } = null!;

    public EnvoyServer Envoy { get; private set; } = null!;

    /// <summary>The one that Envoy asks.</summary>
    public SidecarProcess Sidecar { get; private set; } = null!;

    /// <summary>The one that Envoy tells: the same, or another.</summary>
    public SidecarProcess Listener { get; private set; } = null!;

    public IReadOnlyList<ClientWebSocket> Sockets => _sockets;

    public int Port => Envoy.Port("edge_http");

    /// <param name="release">Which Envoy.</param>
    /// <param name="redis">Where two sidecars share what they count; null: there is one, and it counts for itself.</param>
    /// <param name="limits">Of the settings.</param>
    public static async Task<SocketServers> StartAsync(EnvoyRelease release, RedisServer? redis = null, JsonObject? limits = null)
    {
        var servers = new SocketServers();
        try
        {
            await servers.StartAllAsync(release, redis, limits);
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    public Task<IssuedKey> AddKeyAsync(string user) => _desk.AddKeyAsync(user, "apps:run");

    public async Task<IssuedKey> AddUserAsync(string name)
    {
        await _desk.AddUserAsync(name);
        return await AddKeyAsync(name);
    }

    /// <summary>Opens one, and hears from the upstream that it is.</summary>
    public async Task<ClientWebSocket> OpenAsync(IssuedKey key, string path = "/ws/echo")
    {
        var socket = await Servers.Sockets.ConnectAsync(Port, path, ("Authorization", $"Bearer {key.Token}"));
        _sockets.Add(socket);
        await Servers.Sockets.ReceiveAsync(socket);
        return socket;
    }

    /// <summary>Opens one as soon as it may be.</summary>
    public Task OpenWhenThereIsRoomAsync(IssuedKey key) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                await OpenAsync(key);
                return true;
            }
            catch (WebSocketException)
            {
                Assert.Equal(426, (await RefuseAsync(key)).Status);
                return false;
            }
        },
        "a place is free again");

    /// <summary>A handshake whose answer is an HTTP one.</summary>
    public Task<RawAnswer> RefuseAsync(IssuedKey key, string path = "/ws/echo") =>
        RawHttp.SendAsync(Port, $"GET {path}", [.. Servers.Sockets.Handshake.Where(line => !line.StartsWith("Connection:", StringComparison.Ordinal)), "Connection: Upgrade, close", $"Authorization: Bearer {key.Token}"]);

    public static async Task CloseAsync(ClientWebSocket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
    }

    public static async Task<IReadOnlyDictionary<string, double>> MetricsAsync(SidecarProcess sidecar) =>
        Exposition.Parse(await _http.GetStringAsync(new Uri(sidecar.Console, "/metrics"))).Samples;

    public static Task UntilOpenAsync(SidecarProcess sidecar, int count) =>
        Eventually.TrueAsync(async () => (int)(await MetricsAsync(sidecar)).GetValueOrDefault(Open) == count, $"{count} sockets are open");

    /// <summary>Ends the sidecar that is asked with SIGKILL and starts it again at the same place.</summary>
    public async Task KillAndStartAgainAsync()
    {
        var isOne = Sidecar == Listener;
        Sidecar.Kill();
        await Sidecar.ExitAsync();
        await Sidecar.DisposeAsync();
        Sidecar = await SidecarProcess.StartAsync(_home, "sidecar");
        Listener = isOne ? Sidecar : Listener;
        await Envoy.WaitUntilHealthyAsync("authsidecar_check");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }

        await (Envoy?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (Sidecar?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (Listener is null || Listener == Sidecar ? ValueTask.CompletedTask : Listener.DisposeAsync());
        await (Upstream?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_desk?.DisposeAsync() ?? ValueTask.CompletedTask);
        _home.Dispose();
    }

    private async Task StartAllAsync(EnvoyRelease release, RedisServer? redis, JsonObject? limits)
    {
        Upstream = await EchoUpstream.StartAsync();

        // Known beforehand, so that a sidecar that is started again is where Envoy looks for it.
        _home.Settings["Listen"]!["Check"] = $"http://127.0.0.1:{RedisServer.FreePort()}";
        _home.Settings["Listen"]!["Closer"] = "http://127.0.0.1:0";
        _home.Settings["Policies"] = JsonNode.Parse("""
            {
              "ws": { "Scopes": ["apps:run"], "Limit": { "Permits": 0 } },
              "live": { "Scopes": ["apps:run"], "WsDeny": "close", "Limit": { "Permits": 0 } }
            }
            """);
        if (limits is not null)
        {
            _home.Settings["Limits"] = limits;
        }

        if (redis is not null)
        {
            _home.Settings["Redis"] = new JsonObject { ["ConnectionString"] = redis.Address };
        }

        _home.Save();
        _desk = await KeyDesk.OpenAsync(_home);
        Sidecar = await SidecarProcess.StartAsync(_home, "sidecar");
        Listener = redis is null ? Sidecar : await SidecarProcess.StartAsync(_home, "listener", "--Listen:Check=http://127.0.0.1:0");
        Envoy = await EnvoyServer.StartAsync(release, Config());
        await Envoy.WaitUntilHealthyAsync("authsidecar_check");
    }

    // The time limit is the product's; a machine that runs many tests at once needs a longer one. The log speaks sooner, so that nobody waits for it.
    private string Config()
    {
        var text = ShippedEnvoy.Text.Replace("timeout: 0.25s", "timeout: 5s").Replace("access_log_flush_interval: 30s", "access_log_flush_interval: 1s");
        var told = text.IndexOf("name: authsidecar_stream", StringComparison.Ordinal);
        var after = text.IndexOf("  - name:", told, StringComparison.Ordinal);
        return EnvoyConfig.OnPorts(
            text[..told] + EnvoyConfig.OnPorts(text[told..after], (ShippedEnvoy.CheckPort, Listener.Check.Port)) + text[after..],
            (ShippedEnvoy.AdminPort, 0),
            (ShippedEnvoy.ListenerPort, 0),
            (ShippedEnvoy.CheckPort, Sidecar.Check.Port),
            (ShippedEnvoy.CloserPort, new Uri(SidecarAddress("closer")).Port),
            (ShippedEnvoy.RelayPort, Nobody),
            (ShippedEnvoy.UpstreamPort, Upstream.Port));
    }

    private string SidecarAddress(string door) => Sidecar.ReadyLine.Split(' ').Single(word => word.StartsWith($"{door}=", StringComparison.Ordinal)).Split('=', 2)[1];
}
