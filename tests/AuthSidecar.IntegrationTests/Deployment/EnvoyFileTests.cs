using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>Envoy accepts the shipped configuration, including its commented-out sections and the snippets of the README.</summary>
public sealed partial class EnvoyFileTests
{
    [Theory, NewestEnvoy, OldestEnvoy]
    public void EnvoyYaml_IsAccepted(EnvoyRelease release) => Assert.Null(EnvoyConfig.Problem(release, ShippedEnvoy.Text));

    [Theory, NewestEnvoy, OldestEnvoy]
    public void EnvoyYaml_WithItsTlsListenerSwitchedOn_IsAccepted(EnvoyRelease release)
    {
        var directory = Directory.CreateTempSubdirectory("tls-");
        try
        {
            WriteCertificate(directory.FullName);
            var switchedOn = SwitchedOff().Replace(ShippedEnvoy.Text, "").Replace("/etc/envoy/tls", directory.FullName);

            Assert.Equal(2, Yaml.Parse(switchedOn)["static_resources"]["listeners"].Items.Count);
            Assert.Null(EnvoyConfig.Problem(release, switchedOn));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public void ThePiecesOfTheReadme_TogetherInAnotherConfiguration_AreAccepted(EnvoyRelease release) =>
        Assert.Null(EnvoyConfig.Problem(release, PutTogether(_ => true)));

    /// <summary>Another service counts tokens and reports them to the Recorder.</summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public void ThePiecesOfTheReadme_WithoutTheObserver_AreAcceptedToo(EnvoyRelease release)
    {
        var together = PutTogether(name => !name.StartsWith("observer-"));

        Assert.DoesNotContain("ext_proc", together);
        Assert.Null(EnvoyConfig.Problem(release, together));
    }

    /// <summary>The snippets work as documented when copied, for a client that Envoy could treat as internal.</summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ThePiecesOfTheReadme_KeepInstructionsAndTheHostOfAClientBack(EnvoyRelease release)
    {
        await using var sidecar = await ScriptedAuthz.StartAsync();
        await using var upstream = await EchoUpstream.StartAsync();
        sidecar.Answer = (_, _) => Answers.Allow();
        var config =
            "admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }\n"
            + EnvoyConfig.Patient(ShippedEnvoy.ToTcp(PutTogether(_ => true)));
        await using var envoy = await EnvoyServer.StartAsync(
            release,
            EnvoyConfig.OnPorts(config, (10000, 0), (10001, upstream.Port), (9001, sidecar.Port))
        );
        await envoy.WaitUntilHealthyAsync("authsidecar_check");

        var answer = await RawHttp.SendAsync(
            envoy.Port("mine"),
            "GET /v1/models",
            "x-envoy-retry-on: retriable-status-codes",
            "x-envoy-retriable-status-codes: 200",
            "x-envoy-max-retries: 7",
            "x-envoy-external-address: 203.0.113.9"
        );

        Assert.Equal(200, answer.Status);
        Assert.Equal(["api.openai.com"], Assert.Single(upstream.Requests).Values("host"));
        Assert.Equal(
            ["127.0.0.1"],
            sidecar
                .Requests.Single()
                .Attributes.Request.Http.HeaderMap.Headers.Where(header => header.Key.StartsWith("x-envoy-", StringComparison.Ordinal))
                .Select(header => header.RawValue.ToStringUtf8())
        );
    }

    /// <summary>The snippets and the settings of getting started, together.</summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ThePiecesOfTheReadme_WithTheSettingsOfTheGuide_AnswerAsPromised(EnvoyRelease release)
    {
        using var sandbox = new SidecarSandbox();
        await using var upstream = await EchoUpstream.StartAsync();
        var settings = JsonNode.Parse(
            new Readme("docs", "getting-started.md").Blocks()["authsidecar.json"],
            null,
            new() { CommentHandling = JsonCommentHandling.Skip }
        )!;
        sandbox.Settings["Policies"] = settings["Policies"]!.DeepClone();
        sandbox.Settings["Providers"] = settings["Providers"]!.DeepClone();
        sandbox.Settings["Providers"]!["openai"]!["Credential"] = "sk-central";
        sandbox.Save();
        await using var seeder = await KeySeeder.OpenAsync(sandbox);
        await seeder.AddUserAsync("alice");
        var token = (await seeder.AddKeyAsync("alice", "llm:invoke")).Token;
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        var config =
            "admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }\n"
            + EnvoyConfig.Patient(ShippedEnvoy.ToTcp(PutTogether(_ => true)));
        await using var envoy = await EnvoyServer.StartAsync(
            release,
            EnvoyConfig.OnPorts(config, (10000, 0), (10001, upstream.Port), (9001, sidecar.Check.Port))
        );
        await envoy.WaitUntilHealthyAsync("authsidecar_check");

        Assert.Equal(404, (await RawHttp.SendAsync(envoy.Port("mine"), "GET /elsewhere")).Status);
        Assert.Equal(401, (await RawHttp.SendAsync(envoy.Port("mine"), "GET /v1/models")).Status);
        Assert.Empty(upstream.Requests);
        Assert.Equal(200, (await RawHttp.SendAsync(envoy.Port("mine"), "GET /v1/models", $"authorization: Bearer {token}")).Status);
        Assert.Equal(["Bearer sk-central"], Assert.Single(upstream.Requests).Values("authorization"));
    }

    /// <summary>Bodies are shown on the routes of providers only, and as bytes.</summary>
    [Fact]
    public void Bodies_AreShownOnTheRoutesOfProvidersOnly()
    {
        Assert.Equal("true", ShippedEnvoy.ExtAuthz["with_request_body"]["pack_as_bytes"].Text);
        Assert.All(ShippedEnvoy.Routes.Items, route =>
        {
            var settings = route["typed_per_filter_config"]["envoy.filters.http.ext_authz"]["check_settings"];
            Assert.Equal(
                ShippedEnvoy.Policy(route) is "openai" or "anthropic" ? null : "true",
                settings.Find("disable_request_body_buffering")?.Text
            );
            Assert.Null(settings.Find("with_request_body"));
        });
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public void AMistake_IsNotAccepted(EnvoyRelease release) =>
        Assert.Contains(
            "failure_mode_alow",
            EnvoyConfig.Problem(release, ShippedEnvoy.Text.Replace("failure_mode_allow: false", "failure_mode_alow: false"))
        );

    private static string PutTogether(Func<string, bool> isWanted)
    {
        var host = Repository.Text("tests", "AuthSidecar.IntegrationTests", "Deployment", "another-envoy.yaml");
        var pieces = Piece()
            .Matches(Repository.Text("envoy", "README.md"))
            .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["text"].Value);
        var placeholders = Placeholder().Matches(host).Select(match => match.Groups["name"].Value);
        Assert.Equal(pieces.Keys.Order(), placeholders.Order());

        return Placeholder()
            .Replace(host, match =>
                isWanted(match.Groups["name"].Value) ? Indent(pieces[match.Groups["name"].Value], match.Groups["indent"].Value) : ""
            );
    }

    private static string Indent(string text, string indent) => string.Join('\n', text.TrimEnd().Split('\n').Select(line => indent + line));

    private static void WriteCertificate(string directory)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=edge", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Combine(directory, "tls.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory, "tls.key"), key.ExportPkcs8PrivateKeyPem());
    }

    [GeneratedRegex(@"(?<=^ *)#\| ", RegexOptions.Multiline)]
    private static partial Regex SwitchedOff();

    [GeneratedRegex(@"^```yaml (?<name>[a-z-]+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Piece();

    [GeneratedRegex(@"^(?<indent> *)# README: (?<name>[a-z-]+)$", RegexOptions.Multiline)]
    private static partial Regex Placeholder();
}
