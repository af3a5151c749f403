using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>A navigable YAML document: names for maps, numbers for lists.</summary>
internal sealed class Yaml(object? value)
{
    public static Yaml Parse(string text) =>
        new(new DeserializerBuilder().Build().Deserialize<object>(new MergingParser(new Parser(new StringReader(text)))));

    public string Text => value as string ?? throw new InvalidOperationException($"Not a text but {value}.");

    public int Number => int.Parse(Text);

    public IReadOnlyList<Yaml> Items => [.. List.Select(item => new Yaml(item))];

    public IReadOnlyList<string> Texts => [.. Items.Select(item => item.Text)];

    public IReadOnlyList<string> Names => [.. Map.Keys.Cast<string>()];

    public Yaml this[string name] => Find(name) ?? throw new KeyNotFoundException($"No '{name}' among {string.Join(", ", Names)}.");

    public Yaml this[int index] => Items[index];

    private Dictionary<object, object?> Map =>
        value as Dictionary<object, object?> ?? throw new InvalidOperationException($"Not a map but {value}.");

    private List<object?> List => value as List<object?> ?? throw new InvalidOperationException($"Not a list but {value}.");

    public Yaml? Find(string name) => Map.TryGetValue(name, out var found) ? new(found) : null;

    /// <summary>The list item with this `name`.</summary>
    public Yaml Named(string name) => Items.Single(item => item["name"].Text == name);
}
