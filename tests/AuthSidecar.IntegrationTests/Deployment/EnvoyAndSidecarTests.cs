using System.Text.Json;
using AuthSidecar.TestSupport;
using ExtAuthzService = global::Envoy.Service.Auth.V3.Authorization;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>envoy.yaml and authsidecar.json name the same policies and ports, and no route of envoy.yaml bypasses Check.</summary>
public sealed class EnvoyAndSidecarTests
{
    private static readonly JsonElement Sidecar = JsonDocument
        .Parse(
            Repository.Text("envoy", "authsidecar.json"),
            new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }
        )
        .RootElement;

    private const string ExtProc = "envoy.filters.http.ext_proc";
    private static readonly string[] _modes =
    [
        "request_header_mode",
        "response_header_mode",
        "request_body_mode",
        "response_body_mode",
        "request_trailer_mode",
        "response_trailer_mode",
    ];

    [Fact]
    public void RoutesAndRules_NameExactlyTheExistingPolicies() =>
        Assert.Equal(
            Sidecar.GetProperty("Policies").EnumerateObject().Select(policy => policy.Name).Order(),
            ShippedEnvoy
                .Routes.Items.Select(ShippedEnvoy.Policy)
                .Concat(Sidecar.GetProperty("Rules").EnumerateArray().Select(rule => rule.GetProperty("Policy").GetString()!))
                .Distinct()
                .Order()
        );

    [Fact]
    public void Addresses_AgreeBetweenSidecarAndEnvoy()
    {
        Assert.Equal($"unix:{ShippedEnvoy.CheckSocket}", Sidecar.GetProperty("Listen").GetProperty("Check").GetString());
        foreach (var (transport, port) in new[] { ("Closer", ShippedEnvoy.CloserPort), ("Relay", ShippedEnvoy.RelayPort) })
        {
            var address = new Uri(Sidecar.GetProperty("Listen").GetProperty(transport).GetString()!);

            Assert.True(address.IsLoopback);
            Assert.Equal(address.Port, port);
        }
    }

    [Fact]
    public void CloserIsTheDefault_AndOnlyAnAllowRoutesToTheApplication()
    {
        var live = ShippedEnvoy.Routes.Items.Where(route => ShippedEnvoy.Policy(route) == "live").ToList();
        var condition = Assert.Single(live[0]["match"]["dynamic_metadata"].Items);

        Assert.Equal(["live_allowed", "live_closed"], live.Select(route => route["name"].Text));
        Assert.Equal("close", Sidecar.GetProperty("Policies").GetProperty("live").GetProperty("WsDeny").GetString());
        Assert.Equal(
            ("envoy.filters.http.ext_authz", "ws", "allow"),
            (condition["filter"].Text, condition["path"][0]["key"].Text, condition["value"]["string_match"]["exact"].Text)
        );
        Assert.Equal(
            ["authsidecar_closer"],
            ShippedEnvoy.Routes.Items.Where(ShippedEnvoy.HasCloser).Select(route => route["route"]["cluster"].Text)
        );
        Assert.Equal("authsidecar_closer", live[1]["route"]["cluster"].Text);
        Assert.Equal("true", ShippedEnvoy.ExtAuthz["clear_route_cache"].Text);
    }

    [Fact]
    public void EnvoysHealthCheck_NamesTheAuthorizationService()
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
            policy => Assert.Contains(policy.Value.GetProperty("Provider").GetString(), providers)
        );
    }

    [Fact]
    public void EveryRouteOfAProvider_RewritesTheHost()
    {
        var providers = Sidecar
            .GetProperty("Policies")
            .EnumerateObject()
            .Where(policy => policy.Value.TryGetProperty("Provider", out _))
            .Select(policy => policy.Name)
            .ToList();
        var routes = ShippedEnvoy.Routes.Items.Where(route => providers.Contains(ShippedEnvoy.Policy(route))).ToList();

        Assert.Equal(providers.Order(), routes.Select(ShippedEnvoy.Policy).Order());
        Assert.All(routes, route => Assert.Equal($"api.{ShippedEnvoy.Policy(route)}.com", route["route"]["host_rewrite_literal"].Text));
    }

    [Fact]
    public void OnlyProviderResponses_AreObserved()
    {
        var filters = ShippedEnvoy.ConnectionManager["http_filters"].Items.Select(filter => filter["name"].Text).ToList();
        var observer = ShippedEnvoy.ConnectionManager["http_filters"].Named(ExtProc)["typed_config"];
        var providers = Sidecar
            .GetProperty("Policies")
            .EnumerateObject()
            .Where(policy => policy.Value.TryGetProperty("Provider", out _))
            .Select(policy => policy.Name)
            .ToList();

        Assert.Equal(["envoy.filters.http.ext_authz", ExtProc, "envoy.filters.http.router"], filters[^3..]);
        Assert.Equal(("true", "true"), (observer["observability_mode"].Text, observer["failure_mode_allow"].Text));
        Assert.Equal(["SKIP", "SKIP", "NONE", "NONE", "SKIP", "SKIP"], _modes.Select(mode => observer["processing_mode"][mode].Text));
        Assert.Equal(
            [":status", "content-type", "content-encoding", "content-length"],
            observer["forward_rules"]["allowed_headers"]["patterns"].Items.Select(pattern => pattern["exact"].Text)
        );
        Assert.All(ShippedEnvoy.Routes.Items, route =>
        {
            var shown = route["typed_per_filter_config"].Find(ExtProc);
            Assert.Equal(providers.Contains(ShippedEnvoy.Policy(route)), shown is not null);
            Assert.Equal(
                shown is null ? null : ["SEND", "SEND", "STREAMED", "STREAMED", "SKIP", "SKIP"],
                shown is null ? null : _modes.Select(mode => shown["overrides"]["processing_mode"][mode].Text)
            );
        });
    }

    [Fact]
    public void EveryEndOfARequest_IsReported()
    {
        var log = ShippedEnvoy.ConnectionManager["access_log"].Named("envoy.access_loggers.http_grpc");

        Assert.Null(log.Find("filter"));
        Assert.Equal("authsidecar_stream", log["typed_config"]["common_config"]["grpc_service"]["envoy_grpc"]["cluster_name"].Text);
        Assert.Equal(
            ShippedEnvoy.CheckSocket,
            ShippedEnvoy
                .Cluster("authsidecar_stream")["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]["pipe"]["path"]
                .Text
        );
    }

    [Fact]
    public void NoRoute_BypassesCheck()
    {
        var upgrade = Assert.Single(ShippedEnvoy.ConnectionManager["upgrade_configs"].Items);
        var last = ShippedEnvoy.Routes.Items[^1];

        Assert.Equal("false", ShippedEnvoy.ExtAuthz["failure_mode_allow"].Text);
        Assert.Equal(("websocket", "false"), (upgrade["upgrade_type"].Text, upgrade["enabled"].Text));
        Assert.Equal(
            [
                "envoy.filters.http.local_ratelimit",
                "envoy.filters.http.header_mutation",
                "envoy.filters.http.cors",
                "envoy.filters.http.ext_authz",
                "envoy.filters.http.router",
            ],
            upgrade["filters"].Items.Select(filter => filter["name"].Text)
        );
        Assert.Equal(("/", "404"), (last["match"]["prefix"].Text, last["direct_response"]["status"].Text));
        Assert.DoesNotContain("disabled: true", ShippedEnvoy.Text);
    }
}
