using System.Text.Json;

namespace AuthSidecar.Platform.Configuration;

/// <summary>Reads the file: JSON with comments and trailing commas, without duplicate keys.</summary>
internal static class JsonSource
{
    private static readonly JsonDocumentOptions _options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    public static ConfigNode Read(string file, string text, ConfigurationErrors problems)
    {
        try
        {
            using var document = JsonDocument.Parse(text, _options);
            return Convert(document.RootElement, "", problems);
        }
        catch (InvalidOperationException)
        {
            problems.Error(file, "holds half of a surrogate pair (\\ud800 to \\udfff) in a string");
            return new ConfigNode();
        }
        catch (JsonException exception)
        {
            // The reader's own message can quote the text, which may be a secret.
            problems.Error(
                file,
                $"not valid JSON at line {exception.LineNumber + 1}, column {exception.BytePositionInLine + 1}; look for a missing "
                    + "quote, comma or bracket"
            );
            return new ConfigNode();
        }
    }

    private static ConfigNode Convert(JsonElement element, string path, ConfigurationErrors problems)
    {
        var node = new ConfigNode { Kind = element.ValueKind };
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    var below = SettingPath.Join(path, property.Name);
                    if (!node.Members.TryAdd(property.Name, Convert(property.Value, below, problems)))
                    {
                        problems.Error(below, "given twice; keep one");
                    }
                }

                break;
            case JsonValueKind.Array:
                node.Items.AddRange(
                    element.EnumerateArray().Select((item, index) => Convert(item, SettingPath.Join(path, index), problems))
                );
                break;
            case JsonValueKind.String:
                node.Text = element.GetString()!;
                break;
            case JsonValueKind.Number:
                node.Text = element.GetRawText();
                break;
        }

        return node;
    }
}
