using System.Text.Json;
using System.Text.Json.Nodes;
using AuthSidecar.Administration.Keys;
using AuthSidecar.IntegrationTests.Deployment;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.WebSockets;

/// <summary>
/// The sidecar with the shipped policies, an upstream, and Envoys with the shipped envoy.yaml, complete or with omissions.
/// </summary>
public sealed class WiringServers : IAsyncLifetime, IDisposable
{
    // A port without a listener.
    private const int ClosedPort = 1;

    private readonly SidecarSandbox _sandbox = new();
    private readonly Dictionary<(EnvoyRelease, Wiring), EnvoyServer> _envoys = [];

    internal SidecarProcess Sidecar { get; private set; } = null!;

    internal EchoUpstream Upstream { get; private set; } = null!;

    internal string DataDirectory => _sandbox.DataDirectory;

    public string Good { get; private set; } = "";

    public string Expired { get; private set; } = "";

    public string Revoked { get; private set; } = "";

    public string Narrow { get; private set; } = "";

    public async Task InitializeAsync()
    {
        var shipped = JsonNode.Parse(
            Repository.Text("envoy", "authsidecar.json"),
            null,
            new() { CommentHandling = JsonCommentHandling.Skip }
        )!["Policies"]!;
        _sandbox.Settings["Policies"] = new JsonObject(
            ((string[])["app", "ws", "live", "nowhere"]).Select(name => KeyValuePair.Create(name, (JsonNode?)shipped[name]!.DeepClone()))
        );
        _sandbox.Settings["Listen"]!["Closer"] = "http://127.0.0.1:0";
        _sandbox.Save();
        await using (var seeder = await KeySeeder.OpenAsync(_sandbox))
        {
            await seeder.AddUserAsync("ada");
            Good = (await seeder.AddKeyAsync("ada", "apps:run")).Token;
            Narrow = (await seeder.AddKeyAsync("ada", "llm:invoke")).Token;
            var expired = new NewKey("ada") { ExpiresAt = DateTimeOffset.UtcNow.AddDays(-1) };
            Expired = (await new CreateKey(seeder.Store, seeder.Hasher, TimeProvider.System).RunAsync(expired, CancellationToken.None))
                .Value
                .Token;
            var revoked = await seeder.AddKeyAsync("ada");
            await seeder.RevokeAsync(revoked);
            Revoked = revoked.Token;
        }

        Sidecar = await SidecarProcess.StartAsync(_sandbox);
        Upstream = await EchoUpstream.StartAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var envoy in _envoys.Values)
        {
            await envoy.DisposeAsync();
        }

        await Upstream.DisposeAsync();
        await Sidecar.DisposeAsync();
    }

    public void Dispose() => _sandbox.Dispose();

    /// <summary>An Envoy whose upstream has not been called yet.</summary>
    internal async Task<EnvoyServer> EnvoyAsync(EnvoyRelease release, Wiring wiring = Wiring.Shipped)
    {
        Upstream.Forget();
        if (_envoys.TryGetValue((release, wiring), out var running))
        {
            return running;
        }

        var config = EnvoyConfig.OnPorts(
            Edit(EnvoyConfig.Patient(ShippedEnvoy.OverTcp), wiring),
            (ShippedEnvoy.AdminPort, 0),
            (ShippedEnvoy.ListenerPort, 0),
            (
                ShippedEnvoy.CheckPort,
                wiring is Wiring.DeadSidecar or Wiring.DeadSidecarAndFailureModeAllow ? ClosedPort : Sidecar.Check.Port
            ),
            (ShippedEnvoy.CloserPort, wiring is Wiring.DeadCloser ? ClosedPort : Sidecar.Closer.Port),
            (ShippedEnvoy.RelayPort, ClosedPort),
            (ShippedEnvoy.UpstreamPort, Upstream.Port)
        );
        var envoy = _envoys[(release, wiring)] = await EnvoyServer.StartAsync(release, config);
        if (wiring is not Wiring.DeadSidecar and not Wiring.DeadSidecarAndFailureModeAllow)
        {
            await envoy.WaitUntilHealthyAsync("authsidecar_check");
        }

        return envoy;
    }

    private static string Edit(string config, Wiring wiring) =>
        wiring switch
        {
            Wiring.NoClearRouteCache => Replace(config, "clear_route_cache: true", "clear_route_cache: false"),
            Wiring.NoWsCloser => Replace(config, ", ws_closer: \"true\"", ""),
            Wiring.UnknownPolicy => Replace(config, "policy: live,", "policy: lively,"),
            Wiring.DeadSidecarAndFailureModeAllow => Replace(config, "failure_mode_allow: false", "failure_mode_allow: true"),
            Wiring.NothingRemovedEarly => Replace(
                config,
                "key_matcher: { prefix: \"x-authsidecar-ws-\" }",
                "key_matcher: { prefix: \"x-something-else-\" }"
            ),
            _ => config,
        };

    private static string Replace(string config, string what, string with) =>
        config.Contains(what, StringComparison.Ordinal)
            ? config.Replace(what, with, StringComparison.Ordinal)
            : throw new InvalidOperationException($"envoy.yaml has no \"{what}\".");
}

/// <summary>A defect of an Envoy's configuration or of its targets.</summary>
public enum Wiring
{
    Shipped,
    NoClearRouteCache,
    NoWsCloser,
    UnknownPolicy,
    DeadSidecar,
    DeadSidecarAndFailureModeAllow,
    DeadCloser,

    /// <summary>Headers by which clients claim things about WebSockets reach the sidecar, and would reach the closer.</summary>
    NothingRemovedEarly,
}
