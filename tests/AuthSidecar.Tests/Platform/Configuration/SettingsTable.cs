using System.Text;
using System.Text.Json;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Tests.Platform.Configuration;

/// <summary>Every key as a row of a Markdown table.</summary>
internal static class SettingsTable
{
    public static string Render()
    {
        var table = new StringBuilder("| Key | Default | What |\n|---|---|---|\n");
        foreach (var (path, key, defaultValue) in Keys())
        {
            var words = key.Shape.Choices.Count == 0 ? "" : $" {string.Join(", ", key.Shape.Choices.Keys.Select(word => $"`{word}`"))}.";
            table.Append($"| `{path}` | `{Write(defaultValue, key.Shape)}` | {SettingDocs.Of(key)}{words} |\n");
        }

        return table.ToString();
    }

    /// <summary>
    /// Every key that holds a value or a list of values, with its default; a map's and a list's entries are called <c>NAME</c> and
    /// <c>N</c>.
    /// </summary>
    public static IEnumerable<(string Path, SettingKey Key, object? Default)> Keys() => Keys(SettingShape.Of<SidecarSettings>(), "");

    public static string Write(object? value, SettingShape shape)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            SettingsWriter.Write(writer, value, shape);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static IEnumerable<(string Path, SettingKey Key, object? Default)> Keys(SettingShape section, string path)
    {
        var defaults = Activator.CreateInstance(section.Type)!;
        return section.Keys.SelectMany(key =>
        {
            var below = SettingPath.Join(path, key.Name);
            return key.Shape switch
            {
                { Kind: SettingKind.Names, Element: { } value } =>
                [
                    (below, key, key.Get(defaults)),
                    .. Keys(value, SettingPath.Join(below, "NAME")),
                ],
                { Kind: SettingKind.Section } => Keys(key.Shape, below),
                { Element: { Kind: SettingKind.Section } element } => Keys(
                    element,
                    SettingPath.Join(below, key.Shape.Kind == SettingKind.Map ? "NAME" : "N")
                ),
                _ => [(below, key, key.Get(defaults))],
            };
        });
    }
}
