using System.Text.Json.Nodes;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>Files change under a running sidecar: effective without a restart, and without a failed request.</summary>
public sealed class ReloadTests : IDisposable
{
    private const string Target = "GET /openai/v1/models";
    private readonly SidecarSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [RequiresFact("envoy")]
    public async Task PoliciesAndSecretsChangeUnderLoad_NotOneRequestFails()
    {
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        await seeder.AddUserAsync("ada");
        var key = await seeder.AddKeyAsync("ada", "apps:run", "llm:invoke");
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);
        await using var front = await FrontProxy.StartAsync(sidecar);
        using var load = SteadyLoad.Start(front.Port, key.Token, perSecond: 200);
        Task<RawAnswer> Send() => RawHttp.SendAsync(front.Port, Target, $"Authorization: Bearer {key.Token}");
        Task<RawAnswer> SendDelegated(string gatewayKey) =>
            RawHttp.SendAsync(
                front.Port,
                Target,
                $"X-AuthSidecar-Gateway-Key: {gatewayKey}",
                $"X-AuthSidecar-Delegated-Key-Id: {key.Key.Id}",
                "X-AuthSidecar-Source: agents"
            );
        Assert.Equal(["no_policy"], (await Send()).Values("x-authsidecar-reason"));

        _sandbox.Settings["Delegation"] = new JsonObject
        {
            ["GatewayKeys"] = new JsonArray($"file:{_sandbox.WriteSecret("gateway", "gateway-key-number-1")}"),
        };
        _sandbox.Settings["Providers"] = new JsonObject
        {
            ["openai"] = new JsonObject { ["Credential"] = $"file:{_sandbox.WriteSecret("provider", "provider-key-1")}" },
        };
        _sandbox.Settings["Policies"]!["openai"] = new JsonObject
        {
            ["Provider"] = "openai",
            ["Scopes"] = new JsonArray("llm:invoke"),
            ["Delegation"] = "gateway_key",
            ["Limit"] = new JsonObject { ["Permits"] = 0 },
        };
        _sandbox.Save();
        await UntilAsync(Send, 200, "the new policy");
        Assert.Equal("Bearer provider-key-1", ProviderCredential(front));
        Assert.Equal(
            (200, 401),
            ((await SendDelegated("gateway-key-number-1")).Status, (await SendDelegated("gateway-key-number-2")).Status)
        );

        _sandbox.WriteSecret("provider", "provider-key-2");
        await Eventually.TrueAsync(
            async () => (await Send()).Status == 200 && ProviderCredential(front) == "Bearer provider-key-2",
            "the provider's new credential"
        );
        _sandbox.WriteSecret("gateway", "gateway-key-number-2");
        await UntilAsync(() => SendDelegated("gateway-key-number-2"), 200, "the new gateway key");
        Assert.Equal(401, (await SendDelegated("gateway-key-number-1")).Status);

        _sandbox.Save("""{ "Policies": { "openai": { "Scope": [] } } }""");
        await Eventually.TrueAsync(
            () => Task.FromResult(sidecar.Output.Contains("Policies:openai:Scope", StringComparison.Ordinal)),
            "the log names the mistake"
        );
        Assert.Equal(200, (await Send()).Status);

        _sandbox.Save();
        Assert.All(await load.StopAsync(), answer => Assert.True(answer.Status == 200, $"{answer}"));
    }

    private static Task<TimeSpan> UntilAsync(Func<Task<RawAnswer>> ask, int status, string what) =>
        Eventually.TrueAsync(async () => (await ask()).Status == status, what);

    private static string ProviderCredential(FrontProxy front) =>
        front.Upstream.Requests.Last(request => request.Path == "/v1/models").Values("authorization").Single();
}
