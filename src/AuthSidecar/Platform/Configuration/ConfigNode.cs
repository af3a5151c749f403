using System.Text.Json;

namespace AuthSidecar.Platform.Configuration;

/// <summary>One value as written, before it is bound to a setting.</summary>
internal sealed class ConfigNode
{
    public JsonValueKind Kind { get; set; } = JsonValueKind.Undefined;

    /// <summary>A string's contents, or a number's digits.</summary>
    public string Text { get; set; } = "";

    /// <summary>The environment variable or command-line argument that set it; null: the file.</summary>
    public string? Origin { get; set; }

    public Dictionary<string, ConfigNode> Members { get; } = [];

    public List<ConfigNode> Items { get; } = [];

    /// <summary>Kind of the value for messages; never its text, which may be a secret.</summary>
    public string KindName =>
        Kind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            JsonValueKind.String => "a string",
            JsonValueKind.Number => "a number",
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => "null",
        };
}
