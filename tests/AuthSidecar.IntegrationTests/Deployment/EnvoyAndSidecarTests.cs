using System.Text.Json;
using AuthSidecar.TestKit;
using ExtAuthzService = Envoy.Service.Auth.V3.Authorization;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>envoy.yaml and authsidecar.json speak of the same policies and ports, and nothing in envoy.yaml lets a request by unasked.</summary>
public sealed class EnvoyAndSidecarTests
{
    private static readonly JsonElement Sidecar = JsonDocument.Parse(
        Repository.Text("envoy", "authsidecar.json"),
        new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }).RootElement;

    [Fact]
    public void EveryRoute_NamesAPolicyThatTheSidecarHas_AndNoPolicyIsWithoutARoute()
        => Assert.Equal(
            Sidecar.GetProperty("Policies").EnumerateObject().Select(policy => policy.Name).Order(),
            ShippedEnvoy.Routes.Items.Select(ShippedEnvoy.Policy).Order());

    [Fact]
    public void ThePortOfCheck_IsTheOneThatEnvoyAsks()
    {
        var check = new Uri(Sidecar.GetProperty("Listen").GetProperty("Check").GetString()!);

        Assert.True(check.IsLoopback);
        Assert.Equal(check.Port, ShippedEnvoy.CheckPort);
    }

    [Fact]
    public void EnvoysHealthCheck_AsksForTheServiceThatDecides()
    {
        var check = Assert.Single(ShippedEnvoy.Cluster("authsidecar_check")["health_checks"].Items)["grpc_health_check"];

        Assert.Equal(ExtAuthzService.Descriptor.FullName, check["service_name"].Text);
        Assert.Equal("0", ShippedEnvoy.Cluster("authsidecar_check")["common_lb_config"]["healthy_panic_threshold"]["value"].Text);
    }

    [Fact]
    public void EveryPolicyWithAProvider_FindsItConfigured()
    {
        var providers = Sidecar.GetProperty("Providers").EnumerateObject().Select(provider => provider.Name).ToList();

        Assert.All(
            Sidecar.GetProperty("Policies").EnumerateObject().Where(policy => policy.Value.TryGetProperty("Provider", out _)),
            policy => Assert.Contains(policy.Value.GetProperty("Provider").GetString(), providers));
    }

    [Fact]
    public void Nothing_PassesUnasked()
    {
        var upgrade = Assert.Single(ShippedEnvoy.ConnectionManager["upgrade_configs"].Items);
        var last = ShippedEnvoy.Routes.Items[^1];

        Assert.Equal("false", ShippedEnvoy.ExtAuthz["failure_mode_allow"].Text);
        Assert.Equal(("websocket", "false"), (upgrade["upgrade_type"].Text, upgrade["enabled"].Text));
        Assert.Equal(["envoy.filters.http.cors", "envoy.filters.http.ext_authz", "envoy.filters.http.router"], upgrade["filters"].Items.Select(filter => filter["name"].Text));
        Assert.Equal(("/", "404"), (last["match"]["prefix"].Text, last["direct_response"]["status"].Text));
        Assert.DoesNotContain("disabled: true", ShippedEnvoy.Text);
    }
}
