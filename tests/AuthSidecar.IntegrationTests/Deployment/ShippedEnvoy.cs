using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>envoy/envoy.yaml, and the values that other files must agree with.</summary>
internal static class ShippedEnvoy
{
    /// <summary>Replaces the socket in <see cref="OverTcp"/>.</summary>
    public const int CheckPort = 9001;

    public static string Text { get; } = Repository.Text("envoy", "envoy.yaml");

    public static Yaml Document { get; } = Yaml.Parse(Text);

    /// <summary>The shipped file with Check at a TCP port, <see cref="CheckPort"/>, so that tests can run many.</summary>
    public static string OverTcp { get; } = ToTcp(Text);

    /// <summary>Like <see cref="OverTcp"/>, for load from one address that stands for many clients.</summary>
    public static string OfManyClients { get; } =
        OverTcp
            .Replace("max_tokens: 2000, tokens_per_fill: 2000", "max_tokens: 20000, tokens_per_fill: 20000", StringComparison.Ordinal)
            .Replace("max_tokens: 200, tokens_per_fill: 200", "max_tokens: 20000, tokens_per_fill: 20000", StringComparison.Ordinal);

    /// <summary>A configuration with the shipped Check cluster at a TCP port.</summary>
    public static string ToTcp(string config) =>
        config.Replace(Pipe(CheckSocket), $"socket_address: {{ address: 127.0.0.1, port_value: {CheckPort} }}", StringComparison.Ordinal);

    /// <summary>The shipped file with another path for the socket of Check.</summary>
    public static string OnSocket(string path) => Text.Replace(Pipe(CheckSocket), Pipe(path), StringComparison.Ordinal);

    public static int AdminPort => Port(Document["admin"]["address"]);

    public static int ListenerPort => Port(Listener["address"]);

    public static string CheckSocket =>
        Cluster("authsidecar_check")["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]["pipe"]["path"].Text;

    public static int CloserPort => ClusterPort("authsidecar_closer");

    public static int RelayPort => ClusterPort("authsidecar_relay");

    public static int UpstreamPort => ClusterPort("demo_upstream");

    public static Yaml ConnectionManager => Listener["filter_chains"][0]["filters"][0]["typed_config"];

    public static Yaml Routes => ConnectionManager["route_config"]["virtual_hosts"][0]["routes"];

    public static Yaml ExtAuthz => ConnectionManager["http_filters"].Named("envoy.filters.http.ext_authz")["typed_config"];

    public static Yaml Cluster(string name) => Document["static_resources"]["clusters"].Named(name);

    /// <summary>The policy that a route names.</summary>
    public static string Policy(Yaml route) =>
        route["typed_per_filter_config"]["envoy.filters.http.ext_authz"]["check_settings"]["context_extensions"]["policy"].Text;

    /// <summary>The route's default is the closer.</summary>
    public static bool HasCloser(Yaml route) =>
        route["typed_per_filter_config"]["envoy.filters.http.ext_authz"]["check_settings"]["context_extensions"].Find("ws_closer")?.Text
        == "true";

    private static Yaml Listener => Document["static_resources"]["listeners"].Named("edge_http");

    private static int ClusterPort(string name)
    {
        var address = Cluster(name)["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"];
        Assert.Equal("127.0.0.1", address["socket_address"]["address"].Text);
        return Port(address);
    }

    private static string Pipe(string path) => $"pipe: {{ path: {path} }}";

    private static int Port(Yaml address) => address["socket_address"]["port_value"].Number;
}
