using System.Text.Json.Nodes;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>The shipped envoy.yaml before a sidecar whose Check is protected, by the shipped socket or by a secret.</summary>
public sealed class LockedCheckTests : IAsyncLifetime, IDisposable
{
    // A port without a listener.
    private const int ClosedPort = 1;
    private const string Secret = "secret-of-this-envoy";

    private readonly SidecarSandbox _sandbox = new();
    private EchoUpstream _upstream = null!;
    private string _token = "";

    private string Socket => Path.Combine(_sandbox.Root, "check.sock");

    public async Task InitializeAsync()
    {
        _upstream = await EchoUpstream.StartAsync();
        _sandbox.Settings["Policies"]!["ws"] = new JsonObject
        {
            ["Scopes"] = new JsonArray("apps:run"),
            ["Limit"] = new JsonObject { ["Permits"] = 0 },
        };
        _sandbox.Save();
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        await seeder.AddUserAsync("ada");
        _token = (await seeder.AddKeyAsync("ada", "apps:run")).Token;
    }

    public async Task DisposeAsync() => await _upstream.DisposeAsync();

    public void Dispose() => _sandbox.Dispose();

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task Socket_CarriesChecksAndReports_AndComposeIsHealthy(EnvoyRelease release)
    {
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox, "sidecar", $"--Listen:Check=unix:{Socket}");
        await using var envoy = await StartAsync(release, ShippedEnvoy.OnSocket(Socket), 0);
        await envoy.WaitUntilHealthyAsync("authsidecar_check");

        await Eventually.TrueAsync(async () => (await CheckAsync(envoy)).Status == 200, "the request passes");

        Assert.Equal("ada", _upstream.Requests[^1].Values("x-authsidecar-caller-username").Single());
        await Eventually.TrueAsync(
            async () =>
                Rows((await SidecarProcess.RunAsync(_sandbox, "usage", "rows", "--json")).Output)
                    .Any(row => (int?)row["status"] == 200 && row["durationMs"] is not null),
            "the end of the request stands in its row"
        );
        var health = Yaml.Parse(Repository.Text("docker-compose.yml"))["services"]["envoy"]["healthcheck"]["test"].Texts;
        var script = health[^1].Replace($"/{ShippedEnvoy.AdminPort}", $"/{envoy.Admin.Port}").Replace(ShippedEnvoy.CheckSocket, Socket);
        Assert.Equal(0, Programs.Run(health[1], [.. health.Skip(2).SkipLast(1), script]).ExitCode);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task EnvoyOfAnotherUser_LetsNothingPass(EnvoyRelease release)
    {
        await using var sidecar = await SidecarProcess.StartAsync(
            _sandbox,
            "sidecar",
            $"--Listen:Check=unix:{Socket}",
            "--Listen:CheckPeers:0=4711"
        );
        await using var envoy = await StartAsync(release, ShippedEnvoy.OnSocket(Socket), 0);

        await AssertRefusedAsync(envoy);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task EnvoyWithTheSecret_Passes(EnvoyRelease release)
    {
        await using var sidecar = await SidecarProcess.StartAsync(
            _sandbox,
            "sidecar",
            $"--Listen:CheckSecrets:0=file:{_sandbox.WriteSecret("check", Secret)}"
        );
        await using var envoy = await StartAsync(release, WithSecret(ShippedEnvoy.OverTcp), sidecar.Check.Port);
        await envoy.WaitUntilHealthyAsync("authsidecar_check");

        await Eventually.TrueAsync(async () => (await CheckAsync(envoy)).Status == 200, "the request passes");

        await Eventually.TrueAsync(
            async () =>
                Rows((await SidecarProcess.RunAsync(_sandbox, "usage", "rows", "--json")).Output)
                    .Any(row => (int?)row["status"] == 200 && row["durationMs"] is not null),
            "the end of the request stands in its row"
        );
        Assert.DoesNotContain(Secret, string.Join('\n', _upstream.Requests), StringComparison.Ordinal);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task EnvoyWithoutTheSecret_LetsNothingPass(EnvoyRelease release) =>
        await WithoutSecretAsync(release, ShippedEnvoy.OverTcp);

    /// <summary>Envoy is configured to allow requests while the sidecar is down; the sidecar is not down.</summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task EnvoyWithoutTheSecret_LetsNothingPass_EvenWithFailureModeAllow(EnvoyRelease release) =>
        await WithoutSecretAsync(
            release,
            ShippedEnvoy.OverTcp.Replace("failure_mode_allow: false", "failure_mode_allow: true", StringComparison.Ordinal)
        );

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task EnvoyWithAnotherSecret_LetsNothingPass(EnvoyRelease release) =>
        await WithoutSecretAsync(release, WithSecret(ShippedEnvoy.OverTcp).Replace(Secret, "another", StringComparison.Ordinal));

    private async Task WithoutSecretAsync(EnvoyRelease release, string config)
    {
        await using var sidecar = await SidecarProcess.StartAsync(
            _sandbox,
            "sidecar",
            $"--Listen:CheckSecrets:0=file:{_sandbox.WriteSecret("check", Secret)}"
        );
        await using var envoy = await StartAsync(release, config, sidecar.Check.Port);
        await envoy.WaitUntilHealthyAsync("authsidecar_check");
        await Eventually.TrueAsync(
            async () => (await CheckAsync(envoy)).Values("x-authsidecar-reason") is ["internal_error"],
            "the sidecar is asked"
        );

        await AssertRefusedAsync(envoy);
        await Eventually.LoggedAsync(() => sidecar.Output + sidecar.Errors, "none of Listen:CheckSecrets");
    }

    private async Task AssertRefusedAsync(EnvoyServer envoy)
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Assert.Equal(503, (await CheckAsync(envoy)).Status);
            string[] handshake =
            [
                .. Sockets.Handshake.Where(line => !line.StartsWith("Connection:", StringComparison.Ordinal)),
                "Connection: Upgrade, close",
                $"Authorization: Bearer {_token}",
            ];
            Assert.Equal(503, (await RawHttp.SendAsync(envoy.Port("edge_http"), "GET /ws/echo", handshake)).Status);
        }

        Assert.Empty(_upstream.Requests);
    }

    private Task<RawAnswer> CheckAsync(EnvoyServer envoy) =>
        RawHttp.SendAsync(envoy.Port("edge_http"), "GET /app", $"Authorization: Bearer {_token}");

    private static IEnumerable<JsonNode> Rows(string output) => JsonNode.Parse(output)!["items"]!.AsArray().Select(row => row!);

    // Each of the three services that Envoy calls.
    private static string WithSecret(string config)
    {
        const string Call = "authority: authsidecar }";
        const string Metadata = $"initial_metadata: [{{ key: authorization, value: \"Bearer {Secret}\" }}]";
        var text = config
            .Replace(
                $"grpc_service: {{ envoy_grpc: {{ cluster_name: authsidecar_stream, {Call} }}",
                $"grpc_service: {{ envoy_grpc: {{ cluster_name: authsidecar_stream, {Call}, {Metadata} }}",
                StringComparison.Ordinal
            )
            .Replace(
                $"envoy_grpc: {{ cluster_name: authsidecar_check, {Call}\n",
                $"envoy_grpc: {{ cluster_name: authsidecar_check, {Call}\n                  {Metadata}\n",
                StringComparison.Ordinal
            );
        Assert.Equal(3, text.Split(Secret).Length - 1);
        return text;
    }

    private Task<EnvoyServer> StartAsync(EnvoyRelease release, string config, int check)
    {
        var patient = EnvoyConfig.Patient(config);
        (int From, int To)[] moves =
        [
            (ShippedEnvoy.AdminPort, 0),
            (ShippedEnvoy.ListenerPort, 0),
            (ShippedEnvoy.CloserPort, ClosedPort),
            (ShippedEnvoy.RelayPort, ClosedPort),
            (ShippedEnvoy.UpstreamPort, _upstream.Port),
        ];
        return EnvoyServer.StartAsync(
            release,
            EnvoyConfig.OnPorts(patient, check == 0 ? moves : [.. moves, (ShippedEnvoy.CheckPort, check)])
        );
    }
}
