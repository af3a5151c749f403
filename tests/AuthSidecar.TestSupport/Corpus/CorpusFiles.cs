using System.Text.Json;
using System.Text.Json.Nodes;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>The files of tests/Cases, read once.</summary>
internal static class CorpusFiles
{
    private static readonly Lazy<IReadOnlyList<Case>> _cases = new(() => CaseLoader.Load(Repository.File("tests", "Cases")));

    public static IReadOnlyList<Case> Cases => _cases.Value;

    public static Case Case(string id) => Cases.Single(one => one.Id == id);

    /// <summary>Ids of the cases that a transport can express, as theory rows.</summary>
    public static IEnumerable<object[]> Rows(Transport transport) =>
        Cases.Where(one => one.Exception(transport) is not { Skip: true }).Select(one => new object[] { one.Id });

    public static People People { get; } =
        JsonSerializer.Deserialize<People>(Repository.Text("tests", "Cases", "people.json"), CaseLoader.Json)!;

    /// <summary>settings.json with the changes of settings.NAME.json.</summary>
    public static JsonObject Settings(string name)
    {
        var settings = Read("settings.json");
        if (name != "main")
        {
            Merge(settings, Read($"settings.{name}.json"));
        }

        return settings;
    }

    private static JsonObject Read(string file) =>
        JsonNode.Parse(Repository.Text("tests", "Cases", file), null, new() { CommentHandling = JsonCommentHandling.Skip })!.AsObject();

    private static void Merge(JsonObject into, JsonObject changes)
    {
        foreach (var (key, value) in changes)
        {
            if (into[key] is JsonObject below && value is JsonObject change)
            {
                Merge(below, change);
            }
            else
            {
                into[key] = value?.DeepClone();
            }
        }
    }
}
