using System.Text.Json.Nodes;
using AuthSidecar.TestSupport.Servers;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>
/// The product's envoy.yaml with the corpus's routes, all of which show bodies to Check; every filter, limit and header rule is the shipped
/// one. Each configuration of the corpus has its own listener and its own sidecar.
/// </summary>
internal static class CaseEnvoyConfig
{
    private const string Check = "authsidecar_check";
    private const string Closer = "authsidecar_closer";
    private const string ExtAuthz = "envoy.filters.http.ext_authz";

    /// <param name="sidecars">Ports of the sidecars by configuration.</param>
    /// <param name="upstream">Port of the upstream.</param>
    public static string Build(IReadOnlyDictionary<string, (int Check, int Closer)> sidecars, int upstream)
    {
        var config = Shipped();
        config["admin"]!["address"]!["socket_address"]!["port_value"] = 0;
        var resources = config["static_resources"]!;
        var listener = resources["listeners"]![0]!;
        var clusters = resources["clusters"]!.AsArray();
        var check = clusters.Single(cluster => (string?)cluster!["name"] == Check)!;
        var closer = clusters.Single(cluster => (string?)cluster!["name"] == Closer)!;
        OnPort(clusters.Single(cluster => (string?)cluster!["name"] == "demo_upstream")!, upstream);
        clusters.Remove(check);
        clusters.Remove(closer);
        foreach (var (settings, ports) in sidecars)
        {
            clusters.Add(Cluster(check, settings, ports.Check));
            clusters.Add(Cluster(closer, settings, ports.Closer));
        }

        resources["listeners"] = new JsonArray([.. sidecars.Keys.Select(settings => Listener(listener, settings))]);
        return config.ToJsonString();
    }

    /// <summary>The shipped file as JSON.</summary>
    public static JsonNode Shipped()
    {
        var yaml = new MergingParser(new Parser(new StringReader(EnvoyConfig.Patient(Repository.Text("envoy", "envoy.yaml")))));
        var graph = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<object>(yaml);
        return JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(graph))!;
    }

    private static JsonNode Cluster(JsonNode shipped, string settings, int port)
    {
        var cluster = Renamed(shipped, settings);
        OnPort(cluster, port);
        return cluster;
    }

    private static JsonNode Listener(JsonNode shipped, string settings)
    {
        var listener = Renamed(shipped, settings);
        listener["name"] = settings;
        listener["address"]!["socket_address"]!["port_value"] = 0;
        var manager = listener["filter_chains"]![0]!["filters"]![0]!["typed_config"]!;

        var routes = manager["route_config"]!;
        var host = routes["virtual_hosts"]![0]!;
        var policies = CorpusFiles.Settings(settings)["Policies"]!;
        routes["virtual_hosts"] = new JsonArray([
            Host(host, "*", null, policies),
            .. RouteHosts.All.Select(route => Host(host, route.Host, route.Extensions, policies)),
        ]);
        return listener;
    }

    private static JsonNode Host(JsonNode shipped, string domain, IReadOnlyDictionary<string, string>? extensions, JsonNode policies)
    {
        var closing = shipped["routes"]!
            .AsArray()
            .Where(route => (string?)route!["name"] is "live_allowed" or "live_closed")
            .Select(route => route!.DeepClone())
            .ToList();
        var plain = new JsonObject
        {
            ["match"] = new JsonObject { ["prefix"] = "/" },
            ["route"] = new JsonObject
            {
                ["cluster"] = "demo_upstream",
                ["timeout"] = "15s",
                ["upgrade_configs"] = new JsonArray(new JsonObject { ["upgrade_type"] = "websocket", ["enabled"] = true }),
            },
        };
        List<JsonNode> routes = extensions is not null && RouteHosts.LeadToCloser(extensions) ? closing : [plain];
        foreach (var route in routes)
        {
            route["match"]!.AsObject().Remove("path_separated_prefix");
            route["match"]!["prefix"] = "/";
            if (extensions is null)
            {
                continue;
            }

            if (extensions.TryGetValue("policy", out var policy) && policies[policy]?["Provider"] is not null)
            {
                // Same as the shipped routes of providers.
                route["route"]!["host_rewrite_literal"] = "api.provider.test";
            }

            route["typed_per_filter_config"] = new JsonObject
            {
                [ExtAuthz] = new JsonObject
                {
                    ["@type"] = "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute",
                    ["check_settings"] = new JsonObject
                    {
                        ["context_extensions"] = new JsonObject(
                            extensions.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))
                        ),
                    },
                },
            };
        }

        var host = shipped.DeepClone();
        host["name"] = domain;
        host["domains"] = new JsonArray(domain);
        host["routes"] = new JsonArray([.. routes]);
        return host;
    }

    private static JsonNode Renamed(JsonNode node, string settings) =>
        JsonNode.Parse(
            ((string[])[Check, Closer]).Aggregate(node.ToJsonString(), (json, name) =>
                json.Replace($"\"{name}\"", $"\"{name}_{settings}\"", StringComparison.Ordinal)
            )
        )!;

    // The shipped Check address is one socket; each configuration needs its own address.
    internal static void OnPort(JsonNode cluster, int port) =>
        cluster["load_assignment"]!["endpoints"]![0]!["lb_endpoints"]![0]!["endpoint"]!["address"] = new JsonObject
        {
            ["socket_address"] = new JsonObject { ["address"] = "127.0.0.1", ["port_value"] = port },
        };
}
