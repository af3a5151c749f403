using System.Text.Json.Nodes;
using AuthSidecar.Policies;

namespace AuthSidecar.BrowserTests.Servers;

/// <summary>Policies for sockets. Each is there twice: one refuses by status, the other by close code.</summary>
internal static class SocketPolicies
{
    private const string Nobody = "nobody";

    private static readonly Dictionary<string, string> _written = new()
    {
        ["plain"] = """{}""",
        ["limited"] = """{ "Limit": { "Permits": 1, "Window": "1.00:00:00" } }""",
        ["services"] = """{ "Subjects": [ "service" ] }""",
        ["gemini"] = """{ "Provider": "gemini", "Byok": "allow", "Models": [ "gemini-2.*" ] }""",
        ["own-only"] = """{ "Provider": "openai", "Byok": "require" }""",
        ["unset"] = """{ "Provider": "unset" }""",
        ["delegated"] = """{ "Delegation": "gateway_key" }""",
        ["app"] = """{ "App": "bot" }""",
        ["app-off"] = """{ "App": "off" }""",
        ["app-gone"] = """{ "App": "no-such-app" }""",
        ["app-private"] = """{ "App": "private", "Acl": "acl" }""",
        ["app-error"] = """{ "App": "acl-error", "Acl": "acl" }""",
        ["fault"] = """{}""",
    };

    /// <summary>What routes name; the last of them is not there.</summary>
    public static IEnumerable<string> Names => _written.Keys.Append(Nobody);

    public static string NameOf(string policy, WebSocketDenial denial) => $"sockets-{policy}-{WordOf(denial)}";

    /// <summary>Where its sockets are; anything may follow.</summary>
    public static string PathOf(string policy, WebSocketDenial denial) => $"/{WordOf(denial)}/{policy}";

    public static void AddTo(JsonObject settings)
    {
        foreach (var (name, text) in _written)
        {
            foreach (var denial in Enum.GetValues<WebSocketDenial>())
            {
                var policy = JsonNode.Parse(text)!.AsObject();
                policy["Scopes"] = new JsonArray("llm:invoke");
                policy["WsDeny"] = WordOf(denial);
                settings["Policies"]![NameOf(name, denial)] = policy;
            }
        }
    }

    private static string WordOf(WebSocketDenial denial) => denial.ToString().ToLowerInvariant();
}
