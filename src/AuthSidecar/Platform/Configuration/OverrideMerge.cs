using System.Globalization;
using System.Text.Json;

namespace AuthSidecar.Platform.Configuration;

/// <summary>Applies overrides to the file's settings, one value each; the file's other entries stay.</summary>
internal static class OverrideMerge
{
    public static void Apply(ConfigNode root, SettingShape rootShape, Override entry, ConfigurationErrors problems)
    {
        var (node, shape, path) = (root, rootShape, "");
        foreach (var name in entry.Names)
        {
            path = SettingPath.Join(path, name);
            var (below, belowShape) = Step(node, shape, name, path, entry, problems);
            if (below is null)
            {
                return;
            }

            (node, shape) = (below, belowShape);
        }

        if (!shape.IsScalar)
        {
            problems.Error(
                path,
                $"holds more than one value; name one of them, such as {path}:{Example(shape)}{ConfigurationErrors.SetBy(entry.Origin)}"
            );
            return;
        }

        (node.Kind, node.Text, node.Origin) = (JsonValueKind.String, entry.Text, entry.Origin);
    }

    private static (ConfigNode? Node, SettingShape Shape) Step(
        ConfigNode node,
        SettingShape shape,
        string name,
        string path,
        Override entry,
        ConfigurationErrors problems
    )
    {
        if (!shape.IsScalar && node.Kind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            node.Kind =
                shape.Kind == SettingKind.List || (shape.Kind == SettingKind.Names && name.All(char.IsAsciiDigit))
                    ? JsonValueKind.Array
                    : JsonValueKind.Object;
        }

        switch (shape.Kind)
        {
            case SettingKind.Section when shape.Find(name) is { } key:
                return (Member(node, name), key.Shape);
            case SettingKind.Section:
                problems.Unknown(path, name, shape.Keys.Select(key => key.Name), entry.Origin);
                return (null, shape);
            case SettingKind.Map:
            case SettingKind.Names when node.Kind == JsonValueKind.Object:
                return (Member(node, name), shape.Element!);
            case SettingKind.List
            or SettingKind.Names
                when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= node.Items.Count:
                return (Item(node, index), shape.Item);
            case SettingKind.List or SettingKind.Names:
                problems.Error(
                    path,
                    $"not an index of the list, which has {node.Items.Count} entries; the next index is "
                        + $"{node.Items.Count}{ConfigurationErrors.SetBy(entry.Origin)}"
                );
                return (null, shape);
            default:
                problems.Error(path, $"a single value has no keys of its own{ConfigurationErrors.SetBy(entry.Origin)}");
                return (null, shape);
        }
    }

    // Null: the file has a value of another kind there, which the binder reports.
    private static ConfigNode? Member(ConfigNode node, string name)
    {
        if (node.Kind != JsonValueKind.Object)
        {
            return null;
        }

        return node.Members.TryGetValue(name, out var member) ? member : node.Members[name] = new ConfigNode();
    }

    private static ConfigNode? Item(ConfigNode node, int index)
    {
        if (node.Kind != JsonValueKind.Array)
        {
            return null;
        }

        if (index == node.Items.Count)
        {
            node.Items.Add(new ConfigNode());
        }

        return node.Items[index];
    }

    private static string Example(SettingShape shape) =>
        shape.Kind switch
        {
            SettingKind.List or SettingKind.Names => "0",
            SettingKind.Map => "NAME",
            _ => shape.Keys[0].Name,
        };
}
