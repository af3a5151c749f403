using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Tests.Platform.Configuration;

/// <summary>The JSON schema of the configuration file, for editors.</summary>
internal static class SettingsSchema
{
    private const string Duration = @"^(\d+\.)?([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,7})?$";

    private static readonly JsonSerializerOptions _options = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Render()
    {
        var root = Section(SettingShape.Of<SidecarSettings>());
        ((JsonObject)root["properties"]!).Insert(0, "$schema", new JsonObject { ["type"] = "string" });
        root.Insert(0, "$schema", "http://json-schema.org/draft-07/schema#");
        root.Insert(1, "title", "AuthSidecar");
        root["definitions"] = new JsonObject
        {
            ["reference"] = new JsonObject
            {
                ["description"] = "What an environment variable or a file holds.",
                ["type"] = "string",
                ["pattern"] = "^(env|file):.",
            },
        };
        return root.ToJsonString(_options) + "\n";
    }

    private static JsonObject Section(SettingShape shape)
    {
        var defaults = Activator.CreateInstance(shape.Type)!;
        var properties = new JsonObject();
        foreach (var key in shape.Keys)
        {
            var property = Value(key.Shape, key);
            if (SettingDocs.Of(key) is { Length: > 0 } description)
            {
                property.Insert(0, "description", description);
            }

            if (key.Shape.IsScalar || key.Shape.Kind == SettingKind.Names || key.Shape.Element is { IsScalar: true })
            {
                property["default"] = JsonNode.Parse(SettingsTable.Write(key.Get(defaults), key.Shape));
            }

            properties[key.Name] = property;
        }

        return new JsonObject
        {
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["properties"] = properties,
        };
    }

    private static JsonObject Value(SettingShape shape, SettingKey? key) =>
        shape.Kind switch
        {
            SettingKind.Section => key is { IsNullable: true } ? AnyOf(Section(shape), Type("null")) : Section(shape),
            SettingKind.Map => new() { ["type"] = "object", ["additionalProperties"] = Value(shape.Element!, null) },
            SettingKind.List => List(shape),
            SettingKind.Names => AnyOf(
                new() { ["type"] = "object", ["additionalProperties"] = AnyOf(Value(shape.Element!, null), Type("null")) },
                List(shape)
            ),
            SettingKind.Text or SettingKind.Secret => Type("string"),
            _ => AnyOf([
                Scalar(shape, key),
                new() { ["$ref"] = "#/definitions/reference" },
                .. key is { IsNullable: true } ? Absent() : [],
            ]),
        };

    private static JsonObject List(SettingShape shape) => new() { ["type"] = "array", ["items"] = Value(shape.Item, null) };

    private static JsonObject Scalar(SettingShape shape, SettingKey? key)
    {
        var scalar = shape.Kind switch
        {
            SettingKind.Flag => Type("boolean"),
            SettingKind.Number => Type("integer"),
            SettingKind.Amount => Type("number"),
            SettingKind.Choice => new() { ["enum"] = new JsonArray([.. shape.Choices.Keys.Select(word => (JsonNode)word)]) },
            _ => new() { ["type"] = "string", ["pattern"] = Duration },
        };
        if (shape.Kind == SettingKind.Number && key?.Range is { } range)
        {
            scalar["minimum"] = (int)range.Minimum;
            scalar["maximum"] = (int)range.Maximum;
        }

        if (shape.Kind == SettingKind.Amount && key?.Range is { } amounts)
        {
            scalar["minimum"] = int.Parse((string)amounts.Minimum, CultureInfo.InvariantCulture);
            scalar["maximum"] = int.Parse((string)amounts.Maximum, CultureInfo.InvariantCulture);
        }

        return scalar;
    }

    private static JsonObject[] Absent() => [Type("null"), new() { ["const"] = "" }];

    private static JsonObject Type(string name) => new() { ["type"] = name };

    private static JsonObject AnyOf(params JsonObject[] choices) => new() { ["anyOf"] = new JsonArray([.. choices]) };
}
