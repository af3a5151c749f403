using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>The settings and the transport socket of docs/operations/tls.md, between a real Envoy and the sidecar.</summary>
public sealed class TlsGuideTests : IAsyncLifetime, IDisposable
{
    private const string Name = "sidecar.example.com";
    private const string EnvoysName = "spiffe://mesh/envoy";
    private static readonly Readme _page = new("docs", "operations", "tls.md");

    private readonly SidecarSandbox _sandbox = new();
    private readonly TestAuthority _authority = new("mesh", Name);
    private EchoUpstream _upstream = null!;
    private string _token = "";

    public async Task InitializeAsync()
    {
        _upstream = await EchoUpstream.StartAsync();
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        await seeder.AddUserAsync("ada");
        _token = (await seeder.AddKeyAsync("ada", "apps:run")).Token;
        _authority.WriteServer(File("tls.crt"), File("tls.key"));
        System.IO.File.WriteAllText(File("ca.crt"), _authority.Pem);
        var listen = JsonNode.Parse(_page.Blocks()["tls-settings"].Replace("/run/secrets", _sandbox.Root))!["Listen"]!.AsObject();
        _sandbox.Settings["Listen"]!["Tls"] = listen["Tls"]!.DeepClone();
        _sandbox.Settings["Listen"]!["Check"] = "http://0.0.0.0:0";
        _sandbox.Save();
    }

    public async Task DisposeAsync() => await _upstream.DisposeAsync();

    public void Dispose()
    {
        _authority.Dispose();
        _sandbox.Dispose();
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task EnvoyWithItsCertificate_Passes(EnvoyRelease release)
    {
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);
        await using var envoy = await StartAsync(release, sidecar, EnvoysName, Block);
        await envoy.WaitUntilHealthyAsync("authsidecar_check");

        await Eventually.TrueAsync(async () => (await CheckAsync(envoy)).Status == 200, "the request passes");

        Assert.Equal("ada", _upstream.Requests[^1].Values("x-authsidecar-caller-username").Single());
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task EnvoyUnderAnotherName_LetsNothingPass(EnvoyRelease release) =>
        await RefusedAsync(release, "spiffe://mesh/other", Block);

    /// <summary>The certificate is good, but of another server.</summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task SidecarUnderAnotherName_IsNotBelieved(EnvoyRelease release) =>
        await RefusedAsync(release, EnvoysName, Block.Replace($"exact: {Name}", "exact: other.example.com", StringComparison.Ordinal));

    private static string Block => _page.Blocks()["tls-transport-socket"];

    private async Task RefusedAsync(EnvoyRelease release, string name, string block)
    {
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);
        await using var envoy = await StartAsync(release, sidecar, name, block);

        for (var attempt = 0; attempt < 3; attempt++)
        {
            Assert.Equal(503, (await CheckAsync(envoy)).Status);
        }

        Assert.Empty(_upstream.Requests);
    }

    private Task<RawAnswer> CheckAsync(EnvoyServer envoy) =>
        RawHttp.SendAsync(envoy.Port("edge_http"), "GET /app", $"Authorization: Bearer {_token}");

    private string File(string name) => Path.Combine(_sandbox.Root, name);

    private Task<EnvoyServer> StartAsync(EnvoyRelease release, SidecarProcess sidecar, string name, string block)
    {
        using var client = _authority.Client("envoy", name);
        System.IO.File.WriteAllText(File("client.crt"), client.ExportCertificatePem());
        System.IO.File.WriteAllText(File("client.key"), client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var lines = block.Replace("/etc/envoy/tls", _sandbox.Root, StringComparison.Ordinal).TrimEnd().Split('\n');
        var socket = string.Join('\n', lines.Select(line => $"    {line}"));
        var config = EnvoyConfig.Patient(ShippedEnvoy.OverTcp);
        foreach (var cluster in new[] { "authsidecar_check", "authsidecar_stream" })
        {
            config = config.Replace($"  - name: {cluster}\n", $"  - name: {cluster}\n{socket}\n", StringComparison.Ordinal);
        }

        Assert.Equal(3, config.Split($"sni: {Name}").Length);
        return EnvoyServer.StartAsync(
            release,
            EnvoyConfig.OnPorts(
                config,
                (ShippedEnvoy.AdminPort, 0),
                (ShippedEnvoy.ListenerPort, 0),
                (ShippedEnvoy.UpstreamPort, _upstream.Port),
                (ShippedEnvoy.CheckPort, sidecar.Check.Port)
            )
        );
    }
}
