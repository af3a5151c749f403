using System.Text.Json;
using System.Text.Json.Nodes;
using AuthSidecar.Administration.Keys;
using AuthSidecar.IntegrationTests.Deployment;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Sdks;

/// <summary>
/// A key for one model, in every API of the providers' real SDKs and in every mode, through the shipped Envoy: only its model passes.
/// </summary>
public sealed class SdkModelTests : IAsyncLifetime, IDisposable
{
    private const string Model = "small-model";

    private readonly SidecarSandbox _sandbox = new();
    private EchoUpstream _upstream = null!;
    private string _token = "";

    public async Task InitializeAsync()
    {
        _upstream = await EchoUpstream.StartAsync();
        _sandbox.Settings["Providers"] = new JsonObject { ["openai"] = Provider("openai"), ["anthropic"] = Provider("anthropic") };
        _sandbox.Settings["Policies"] = new JsonObject { ["openai"] = Policy("openai"), ["anthropic"] = Policy("anthropic") };
        _sandbox.Save();
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        await seeder.AddUserAsync("ada");
        var request = new NewKey("ada") { Scopes = ["llm:invoke"], Models = [Model] };
        _token = (await new CreateKey(seeder.Store, seeder.Hasher, TimeProvider.System).RunAsync(request, CancellationToken.None))
            .Value
            .Token;
    }

    public async Task DisposeAsync() => await _upstream.DisposeAsync();

    public void Dispose() => _sandbox.Dispose();

    [RequiresTheory("envoy", "node")]
    [InlineData(EnvoyRelease.Newest)]
    [InlineData(EnvoyRelease.Oldest)]
    public async Task Key_OfOneModel_IsRefusedForAnother_InEveryApi(EnvoyRelease release)
    {
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);
        await using var envoy = await EnvoyServer.StartAsync(
            release,
            EnvoyConfig.OnPorts(
                EnvoyConfig.Patient(ShippedEnvoy.OverTcp),
                (ShippedEnvoy.AdminPort, 0),
                (ShippedEnvoy.ListenerPort, 0),
                (ShippedEnvoy.CheckPort, sidecar.Check.Port),
                (ShippedEnvoy.UpstreamPort, _upstream.Port)
            )
        );
        await envoy.WaitUntilHealthyAsync("authsidecar_check");

        var refused = await CallAsync(envoy, "large-model");
        var reached = _upstream.Requests.Count;
        var allowed = await CallAsync(envoy, Model);

        Assert.Equal(18, refused.Count);
        Assert.All(refused, call =>
            Assert.Equal(("PermissionDeniedError", 403, "model_not_allowed"), (call.Name, call.Status, call.Reason))
        );
        Assert.Equal(0, reached);
        Assert.All(allowed, call => Assert.Equal((call.Api, null), (call.Api, call.Reason)));
        Assert.Equal(allowed.Count, _upstream.Requests.Count);
    }

    private JsonObject Provider(string dialect) =>
        new() { ["Dialect"] = dialect, ["Credential"] = $"file:{_sandbox.WriteSecret(dialect, "credential-of-the-provider")}" };

    private static JsonObject Policy(string provider) =>
        new()
        {
            ["Provider"] = provider,
            ["Scopes"] = new JsonArray("llm:invoke"),
            ["Errors"] = provider,
            ["Limit"] = new JsonObject { ["Permits"] = 0 },
        };

    private async Task<IReadOnlyList<ModelCall>> CallAsync(EnvoyServer envoy, string model)
    {
        var address = $"http://127.0.0.1:{envoy.Port("edge_http")}";
        var (exitCode, output) = await Task.Run(() =>
            Programs.Run(
                "node",
                [
                    Path.Combine(NodePackages.Integration.Directory, "sdk-models.js"),
                    $"{address}/openai/v1",
                    $"{address}/anthropic",
                    _token,
                    model,
                ]
            )
        );
        Assert.True(exitCode == 0, output);
        return
        [
            .. output
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonSerializer.Deserialize<ModelCall>(line, JsonSerializerOptions.Web)!),
        ];
    }

    /// <summary>The result of one API; without an exception all but <paramref name="Api"/> is null.</summary>
    private sealed record ModelCall(string Api, string? Name, int? Status, string? Reason);
}
