using System.Collections;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Platform.Configuration;

/// <summary>Compares two settings, or two values of one section.</summary>
internal static class SettingsDiff
{
    public static IReadOnlyList<string> Changed<T>(T before, T after)
        where T : class
    {
        var (old, now) = (Leaves(before), Leaves(after));
        return
        [
            .. old
                .Keys.Union(now.Keys)
                .Where(path => !(old.TryGetValue(path, out var was) && now.TryGetValue(path, out var isNow) && Equals(was, isNow))),
        ];
    }

    public static bool AreSame<T>(T before, T after)
        where T : class => Changed(before, after).Count == 0;

    /// <summary>Every single value by its path.</summary>
    public static Dictionary<string, object?> Leaves<T>(T settings)
        where T : class
    {
        var leaves = new Dictionary<string, object?>();
        Walk(settings, SettingShape.Of<T>(), "", leaves);
        return leaves;
    }

    private static void Walk(object? value, SettingShape shape, string path, Dictionary<string, object?> leaves)
    {
        switch (value, shape.Kind)
        {
            case ({ }, SettingKind.Section):
                foreach (var key in shape.Keys)
                {
                    Walk(key.Get(value), key.Shape, SettingPath.Join(path, key.Name), leaves);
                }

                break;
            case (NameList { Values: { } values }, _):
                Walk(values, shape, path, leaves);
                break;
            case (IDictionary map, _):
                foreach (DictionaryEntry entry in map)
                {
                    Walk(entry.Value, shape.Element!, SettingPath.Join(path, entry.Key), leaves);
                }

                break;
            case (IList list, _):
                for (var index = 0; index < list.Count; index++)
                {
                    Walk(list[index], shape.Item, SettingPath.Join(path, index), leaves);
                }

                break;
            default:
                leaves[path] = value;
                break;
        }
    }
}
