using System.Text.Json.Nodes;
using AuthSidecar.Administration.Settings;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Platform.Configuration;

public sealed class SettingsSchemaTests
{
    private const string Update = "UPDATE_GENERATED";

    private static readonly string _file = Repository.File("src", "AuthSidecar", "authsidecar.schema.json");

    [Fact]
    public void CommittedSchema_MatchesTheOptionsClasses()
    {
        var expected = SettingsSchema.Render();
        if (Environment.GetEnvironmentVariable(Update) is { Length: > 0 })
        {
            File.WriteAllText(_file, expected);
        }

        Assert.True(File.ReadAllText(_file) == expected, $"{_file} is out of date; run the tests with {Update}=1.");
    }

    [Fact]
    public void EveryOptionsClass_IsReachedAndItsDefaultsAreInTheSchema()
    {
        var schema = JsonNode.Parse(File.ReadAllText(_file))!;
        var reached = new HashSet<Type>();
        foreach (var (path, key, value) in SettingsTable.Keys())
        {
            var property = path.Split(':').Aggregate(schema, (node, name) => Below(node, name));
            Assert.True(property.AsObject().TryGetPropertyValue("default", out var written), path);
            Assert.Equal(SettingsTable.Write(value, key.Shape), written?.ToJsonString() ?? "null");
            reached.Add(key.Property.DeclaringType!);
        }

        var classes = typeof(SidecarSettings)
            .Assembly.GetTypes()
            .Where(type =>
                type.Name.EndsWith("Options", StringComparison.Ordinal)
                && type.Namespace!.StartsWith("AuthSidecar", StringComparison.Ordinal)
            );
        Assert.Empty(classes.Except(reached));
    }

    [Fact]
    public void EveryKey_HasADescription() =>
        Assert.Empty(SettingsTable.Keys().Where(entry => SettingDocs.Of(entry.Key).Length == 0).Select(entry => entry.Path));

    [Fact]
    public void Table_HasARowForEveryKeyWithItsDefaultAndValues()
    {
        var table = SettingsTable.Render();

        Assert.Contains("| `Listen:Check` | `\"http://127.0.0.1:9001\"` |", table, StringComparison.Ordinal);
        Assert.Contains("| `Policies:NAME:Byok` | `\"deny\"` |", table, StringComparison.Ordinal);
        Assert.Contains("`deny`, `allow`, `require`.", table, StringComparison.Ordinal);
        Assert.Contains("| `Policies:NAME:Limit:Window` | `\"00:01:00\"` |", table, StringComparison.Ordinal);
        Assert.Contains("| `Rules:N:Host` | `\"*\"` |", table, StringComparison.Ordinal);
        Assert.Equal(SettingsTable.Keys().Count() + 2, table.Count(character => character == '\n'));
    }

    private static JsonNode Below(JsonNode node, string name) =>
        name switch
        {
            "NAME" => (node["anyOf"]?[0] ?? node)["additionalProperties"]!,
            "N" => node["items"]!,
            _ => (node["anyOf"]?[0] ?? node)["properties"]![name]!,
        };
}
