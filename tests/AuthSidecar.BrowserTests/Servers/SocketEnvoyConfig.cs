using System.Text.Json.Nodes;
using AuthSidecar.TestSupport.Corpus;

namespace AuthSidecar.BrowserTests.Servers;

/// <summary>
/// The product's envoy.yaml with its WebSocket routes repeated for each policy: every filter, limit, header rule and match is the shipped
/// one. Each configuration of the corpus has two listeners, one in plain text and one with TLS, with its own sidecar and closer.
/// </summary>
internal static class SocketEnvoyConfig
{
    private const string ExtAuthz = "envoy.filters.http.ext_authz";
    private const string Check = "authsidecar_check";
    private const string Stream = "authsidecar_stream";
    private const string Closer = "authsidecar_closer";
    private const string Relay = "authsidecar_relay";
    private static readonly string[] _transports = [Check, Stream, Closer, Relay];

    public static string CheckOf(string settings) => $"{Check}_{settings}";

    /// <summary>The name of the TLS listener for that of the plain-text one.</summary>
    public static string Encrypted(string settings) => $"{settings}_tls";

    /// <param name="sidecars">Ports of Check, closer and relay, by configuration.</param>
    /// <param name="upstream">Port of the application.</param>
    /// <param name="certificateFile">Certificate of the TLS listeners.</param>
    /// <param name="keyFile">Its key.</param>
    public static string Build(
        IReadOnlyDictionary<string, (int Check, int Closer, int Relay)> sidecars,
        int upstream,
        string certificateFile,
        string keyFile
    )
    {
        var config = CaseEnvoyConfig.Shipped();
        config["admin"]!["address"]!["socket_address"]!["port_value"] = 0;
        var resources = config["static_resources"]!;
        var listener = resources["listeners"]![0]!;
        var clusters = resources["clusters"]!.AsArray().ToDictionary(cluster => (string)cluster!["name"]!, cluster => cluster!);
        resources["listeners"] = new JsonArray([
            .. sidecars.Keys.SelectMany(settings => Listeners(Listener(listener, settings), certificateFile, keyFile)),
        ]);
        resources["clusters"] = new JsonArray([
            .. sidecars.SelectMany(sidecar =>
                _transports.Select(transport =>
                    OnPort(
                        Renamed(clusters[transport], sidecar.Key),
                        transport switch
                        {
                            Closer => sidecar.Value.Closer,
                            Relay => sidecar.Value.Relay,
                            _ => sidecar.Value.Check,
                        }
                    )
                )
            ),
            .. clusters
                .Values.Where(cluster => !_transports.Contains((string)cluster["name"]!))
                .Select(cluster => OnPort(cluster.DeepClone(), upstream)),
        ]);
        return config.ToJsonString();
    }

    private static JsonNode Listener(JsonNode shipped, string settings)
    {
        var listener = Renamed(shipped, settings);
        listener["name"] = settings;
        listener["address"]!["socket_address"]!["port_value"] = 0;
        var manager = listener["filter_chains"]![0]!["filters"]![0]!["typed_config"]!;
        var host = manager["route_config"]!["virtual_hosts"]![0]!;
        var routes = host["routes"]!.AsArray().ToDictionary(route => (string)route!["name"]!, route => route!);
        host["routes"] = new JsonArray([
            .. SocketPolicies.Names.SelectMany(policy =>
                new[]
                {
                    OfPolicy(routes["ws"], policy, SocketPolicies.Http),
                    OfPolicy(routes["live_allowed"], policy, SocketPolicies.Close),
                    OfPolicy(routes["live_closed"], policy, SocketPolicies.Close),
                }
            ),
            Moved(routes["relay"], SocketPolicies.PathOf("plain", SocketPolicies.Relayed), "public"),
            Moved(routes["app"], "/page", "public"),
            routes["nowhere"].DeepClone(),
        ]);
        return listener;
    }

    private static JsonNode OfPolicy(JsonNode route, string policy, string mode) =>
        Moved(route, SocketPolicies.PathOf(policy, mode), SocketPolicies.NameOf(policy, mode));

    private static JsonNode Moved(JsonNode route, string path, string policy)
    {
        var moved = route.DeepClone();
        moved["name"] = $"{route["name"]} {policy}";
        moved["match"]!["path_separated_prefix"] = path;
        moved["typed_per_filter_config"]![ExtAuthz]!["check_settings"]!["context_extensions"]!["policy"] = policy;
        return moved;
    }

    private static IEnumerable<JsonNode> Listeners(JsonNode plain, string certificateFile, string keyFile)
    {
        var encrypted = plain.DeepClone();
        encrypted["name"] = Encrypted((string)plain["name"]!);
        encrypted["filter_chains"]![0]!["transport_socket"] = new JsonObject
        {
            ["name"] = "envoy.transport_sockets.tls",
            ["typed_config"] = new JsonObject
            {
                ["@type"] = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                ["common_tls_context"] = new JsonObject
                {
                    ["alpn_protocols"] = new JsonArray("h2", "http/1.1"),
                    ["tls_certificates"] = new JsonArray(
                        new JsonObject
                        {
                            ["certificate_chain"] = new JsonObject { ["filename"] = certificateFile },
                            ["private_key"] = new JsonObject { ["filename"] = keyFile },
                        }
                    ),
                },
            },
        };
        return [plain, encrypted];
    }

    private static JsonNode Renamed(JsonNode node, string settings) =>
        JsonNode.Parse(
            _transports.Aggregate(node.ToJsonString(), (text, transport) =>
                text.Replace($"\"{transport}\"", $"\"{transport}_{settings}\"", StringComparison.Ordinal)
            )
        )!;

    private static JsonNode OnPort(JsonNode cluster, int port)
    {
        CaseEnvoyConfig.OnPort(cluster, port);
        return cluster;
    }
}
