using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;

namespace AuthSidecar.TestSupport;

/// <summary>The OpenAPI document, against whose schemas answers are validated. A member that a schema does not name is an error.</summary>
internal sealed partial class ApiContract
{
    private readonly JsonNode _document;
    private readonly JsonObject _definitions;

    private static readonly Lazy<ApiContract> _committed = new(() => new(Repository.Text("docs", "reference", "openapi.json")));

    // Answers that no operation describes: the path or the method belongs to none, or the request is for another host.
    private static readonly int[] _general = [405, 421];

    /// <summary>The committed document, which a test compares with that of the program.</summary>
    public static ApiContract Committed => _committed.Value;

    /// <param name="document">The document as text.</param>
    public ApiContract(string document)
    {
        _document = JsonNode.Parse(document)!;
        _definitions = Local(_document["components"]?["schemas"] ?? new JsonObject()).AsObject();
        Close(_definitions);
    }

    /// <summary>Method and path template of each operation, e.g. <c>GET /api/key</c>, in order.</summary>
    public IReadOnlyList<string> Operations =>
        [
            .. _document["paths"]!
                .AsObject()
                .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}"))
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>Fails for an answer that the document does not describe.</summary>
    /// <param name="method">Of the request.</param>
    /// <param name="path">Of the request, without its query.</param>
    /// <param name="status">Of the answer.</param>
    /// <param name="type">Media type of the answer, without parameters.</param>
    /// <param name="body">Of the answer.</param>
    public void Check(string method, string path, int status, string type, string body)
    {
        if (_general.Contains(status))
        {
            return;
        }

        var responses = FindOperation(method == "HEAD" ? "GET" : method, path)["responses"]!;
        var response = responses[$"{status}"];
        Assert.True(response is not null, $"{method} {path}: {status} is not described.");
        if (type != "application/json" && type != "application/problem+json")
        {
            return;
        }

        var schema = response["content"]?[type]?["schema"];
        Assert.True(schema is not null, $"{method} {path} {status}: {type} is not described.");
        var root = Local(schema).AsObject();
        Close(root);
        root["$defs"] = _definitions.DeepClone();
        using var answer = JsonDocument.Parse(body);

        // The shared registry of the library is not for threads; a test may ask for many answers at once.
        var result = JsonSchema
            .FromText(root.ToJsonString(), new BuildOptions { SchemaRegistry = new SchemaRegistry() })
            .Evaluate(answer.RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });
        Assert.True(
            result.IsValid,
            $"{method} {path} {status}: "
                + string.Join(
                    "; ",
                    (result.Details ?? [])
                        .Where(detail => detail.Errors is { Count: > 0 })
                        .Select(detail => $"{detail.InstanceLocation} {string.Join(", ", detail.Errors!.Values)}")
                )
        );
    }

    private JsonNode FindOperation(string method, string path)
    {
        var found = _document["paths"]!
            .AsObject()
            .Where(entry => Regex.IsMatch(path, $"^{Pattern(entry.Key)}$", RegexOptions.CultureInvariant))
            .OrderBy(entry => entry.Key.Count(letter => letter == '{'))
            .Select(entry => entry.Value![method.ToLowerInvariant()])
            .FirstOrDefault(operation => operation is not null);
        Assert.True(found is not null, $"{method} {path} is not described.");
        return found;
    }

    // The subject of a budget is the only parameter with slashes: an identity of another issuer.
    private static string Pattern(string template) =>
        Placeholder().Replace(template.Replace("{subject}", ".+", StringComparison.Ordinal), "[^/]+");

    private static JsonNode Local(JsonNode schema) =>
        JsonNode.Parse(schema.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal))!;

    private static void Close(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject value:
                foreach (var (_, child) in value)
                {
                    Close(child);
                }

                if (value["properties"] is JsonObject && !value.ContainsKey("additionalProperties"))
                {
                    value["additionalProperties"] = false;
                }

                break;
            case JsonArray items:
                foreach (var child in items)
                {
                    Close(child);
                }

                break;
        }
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Placeholder();
}
