using System.Text.Json.Nodes;

namespace AuthSidecar.BrowserTests.Servers;

/// <summary>Policies for WebSockets, each in two variants: refusal by status, and by close code.</summary>
internal static class SocketPolicies
{
    /// <summary>Refused by status.</summary>
    public const string Http = "http";

    /// <summary>Refused by close code.</summary>
    public const string Close = "close";

    /// <summary>Through the relay, which closes with a code.</summary>
    public const string Relayed = "relay";

    private const string Unknown = "unknown";

    private static readonly Dictionary<string, string> _written = new()
    {
        ["plain"] = """{}""",
        ["limited"] = """{ "Limit": { "Permits": 1, "Window": "1.00:00:00" } }""",
        ["parallel"] = """{ "Limit": { "Permits": 0, "Parallel": 1 } }""",
        ["tokens"] =
            """{ "Provider": "openai", "Endpoints": "any", "Limit": { "Permits": 0, "Tokens": 1, "TokenWindow": "1.00:00:00" } }""",
        ["services"] = """{ "Subjects": [ "service" ] }""",
        ["gemini"] = """{ "Provider": "gemini", "Endpoints": "any", "Byok": "allow", "Models": [ "gemini-2.*" ] }""",
        ["own-only"] = """{ "Provider": "openai", "Endpoints": "any", "Byok": "require" }""",
        ["unset"] = """{ "Provider": "unset", "Endpoints": "any" }""",
        ["inference"] = """{ "Provider": "openai", "Models": [ "gpt-4o*" ] }""",
        ["delegated"] = """{ "Delegation": "gateway_key" }""",
        ["app"] = """{ "App": "bot" }""",
        ["app-off"] = """{ "App": "off" }""",
        ["app-gone"] = """{ "App": "no-such-app" }""",
        ["app-private"] = """{ "App": "private", "Acl": "acl" }""",
        ["app-error"] = """{ "App": "acl-error", "Acl": "acl" }""",
        ["fault"] = """{}""",
    };

    /// <summary>The values of <c>WsDeny</c>.</summary>
    public static IReadOnlyList<string> Modes { get; } = [Http, Close];

    /// <summary>The policies that routes name; the last one does not exist.</summary>
    public static IEnumerable<string> Names => _written.Keys.Append(Unknown);

    public static string NameOf(string policy, string mode) => $"sockets-{policy}-{mode}";

    /// <summary>The path prefix of its WebSockets.</summary>
    public static string PathOf(string policy, string mode) => $"/{mode}/{policy}";

    /// <param name="settings">The settings of a configuration of the corpus.</param>
    /// <param name="upstream">Port of the application, for the relay.</param>
    public static void AddTo(JsonObject settings, int upstream)
    {
        foreach (var (name, text) in _written)
        {
            foreach (var mode in Modes)
            {
                var policy = JsonNode.Parse(text)!.AsObject();
                policy["Scopes"] = new JsonArray("llm:invoke");
                policy["WsDeny"] = mode;
                settings["Policies"]![NameOf(name, mode)] = policy;
            }
        }

        settings["Listen"]!["Relay"] = "http://127.0.0.1:0";
        settings["Policies"]![NameOf("plain", Relayed)] = new JsonObject
        {
            ["Scopes"] = new JsonArray("llm:invoke"),
            ["Relay"] = $"ws://127.0.0.1:{upstream}",
        };
        var rules = settings["Rules"]?.AsArray() ?? [];
        rules.Insert(0, new JsonObject { ["Path"] = $"{PathOf("plain", Relayed)}/{{**rest}}", ["Policy"] = NameOf("plain", Relayed) });
        settings["Rules"] = rules.DeepClone();
    }
}
