using System.Text.Json.Nodes;
using AuthSidecar.Administration.Composition;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Service;
using AuthSidecar.IntegrationTests.Lifecycle;
using AuthSidecar.IntegrationTests.Replicas;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using AuthSidecar.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.IntegrationTests.Jwt;

/// <summary>Tokens of an independent provider, in a sidecar that runs as a separate process.</summary>
public sealed class OidcProviderTests
{
    private const string Resource = "https://llm.example";

    [RequiresFact("node")]
    public async Task AccessAndIdTokens_OfARealProvider()
    {
        await using var provider = await OidcProvider.StartAsync();
        using var sandbox = Sandbox(provider);
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        using var client = new CheckClient(sidecar);

        Assert.Equal("allow", await client.CheckAsync(await provider.AccessTokenAsync(Resource, "llm:invoke"), "invoke"));
        Assert.Equal("allow", await client.CheckAsync(await provider.AccessTokenAsync($"{Resource}/ec", "llm:invoke llm:read"), "invoke"));
        Assert.Equal("insufficient_scope", await client.CheckAsync(await provider.AccessTokenAsync(Resource, "llm:read"), "invoke"));
        Assert.Equal(
            "invalid_token",
            await client.CheckAsync(await provider.AccessTokenAsync("https://others.example", "llm:invoke"), "invoke")
        );

        var person = await provider.IdTokenAsync();
        Assert.Equal("allow", await client.CheckAsync(person, "read"));
        Assert.Equal("insufficient_scope", await client.CheckAsync(person, "invoke"));
    }

    [RequiresFact("node")]
    public async Task Companion_GivesTheSameAnswers()
    {
        await using var provider = await OidcProvider.StartAsync();
        using var sandbox = Sandbox(provider);
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        using var channel = GrpcChannel.ForAddress(sidecar.Companion);
        var client = new Authorizer.AuthorizerClient(channel);
        var headers = new Metadata { { "authorization", $"Bearer {SidecarSandbox.ServiceCredential}" } };
        var token = await provider.AccessTokenAsync(Resource, "llm:invoke");

        var answer = await client.IsAuthorizedAsync(new() { Key = token }, headers);

        Assert.Equal(($"{provider.Issuer}|machine", "", ""), (answer.OwnerId, answer.ApiKeyId, answer.Username));
        var refusal = await Assert.ThrowsAsync<RpcException>(async () =>
            await client.IsAuthorizedAsync(new() { Key = token[..^8] + "AAAAAAAA" }, headers)
        );
        Assert.Equal(StatusCode.Unauthenticated, refusal.StatusCode);
    }

    [RequiresFact("node")]
    public async Task RotationAndOutage_OfARealProvider()
    {
        var provider = await OidcProvider.StartAsync();
        using var sandbox = Sandbox(provider);
        string issued;
        var time = new ShiftedTime();
        var source = new SettingsSource(sandbox.ConfigFile, new Dictionary<string, string>(), [], sandbox.Root);
        using var settings = new SettingsMonitor(
            source,
            SettingsLoader.Load(source),
            TimeProvider.System,
            NullLogger<SettingsMonitor>.Instance
        );
        await using var sidecar = await Sidecar.StartAsync(
            settings,
            services => services.AddSingleton<TimeProvider>(time).AddSingleton(new DecisionLog(TimeProvider.System, Stream.Null)),
            CancellationToken.None
        );
        using var client = new CheckClient(GrpcChannel.ForAddress(sidecar.Addresses[Listener.Check]));
        await using (provider)
        {
            Assert.Equal("allow", await client.CheckAsync(await provider.AccessTokenAsync(Resource, "llm:invoke"), "invoke"));
            await provider.RotateAsync();
            var rotated = await provider.AccessTokenAsync(Resource, "llm:invoke");

            // An unknown key id refreshes the keys at most every 30 s.
            Assert.Equal("invalid_token", await client.CheckAsync(rotated, "invoke"));
            time.Advance(TimeSpan.FromSeconds(31));
            await Eventually.TrueAsync(
                async () => await client.CheckAsync(rotated, "invoke") == "allow",
                "the new key counts",
                seconds: 20
            );
            Assert.Equal("allow", await client.CheckAsync(await provider.AccessTokenAsync(Resource, "llm:invoke"), "invoke"));
            issued = await provider.AccessTokenAsync(Resource, "llm:invoke");
        }

        Assert.Equal("allow", await client.CheckAsync(issued, "invoke"));
        await using var another = await SidecarProcess.StartAsync(sandbox, "another");
        using var unlucky = new CheckClient(another);
        Assert.Equal("jwks_unavailable", await unlucky.CheckAsync(issued, "invoke"));
    }

    private static SidecarSandbox Sandbox(OidcProvider provider)
    {
        var sandbox = new SidecarSandbox();
        sandbox.Settings["Jwt"] = new JsonArray(
            new JsonObject { ["Issuer"] = provider.Issuer, ["Audiences"] = new JsonArray(Resource, $"{Resource}/ec", "browser") }
        );
        sandbox.Settings["Policies"]!["invoke"] = new JsonObject { ["Scopes"] = new JsonArray("llm:invoke") };
        sandbox.Settings["Policies"]!["read"] = new JsonObject { ["Scopes"] = new JsonArray("llm:read") };
        sandbox.Save();
        return sandbox;
    }
}
