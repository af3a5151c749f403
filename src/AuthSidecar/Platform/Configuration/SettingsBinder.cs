using System.Collections;
using System.Text.Json;

namespace AuthSidecar.Platform.Configuration;

/// <summary>
/// Binds the configuration to typed settings. An invalid value becomes an error and keeps its default, so that one pass finds every error.
/// </summary>
/// <param name="references">Resolves references.</param>
/// <param name="problems">Collects the errors.</param>
/// <param name="defersSecrets">As <see cref="SettingsSource.DefersSecrets"/>.</param>
internal sealed class SettingsBinder(References references, ConfigurationErrors problems, bool defersSecrets)
{
    private readonly ScalarReader _scalars = new(references, problems, defersSecrets);

    public T Bind<T>(ConfigNode root)
        where T : class
    {
        root.Members.Remove("$schema");
        return (T)Section(root, SettingShape.Of<T>(), "")!;
    }

    private object? Value(ConfigNode node, SettingShape shape, SettingKey? key, string path) =>
        shape.Kind switch
        {
            SettingKind.Section => Section(node, shape, path),
            SettingKind.Map => Map(node, shape, path),
            SettingKind.List => List(node, shape, path),
            _ => _scalars.Read(node, shape, key, path),
        };

    private object? Section(ConfigNode node, SettingShape shape, string path)
    {
        var section = Activator.CreateInstance(shape.Type)!;
        if (node.Kind != JsonValueKind.Object)
        {
            WrongKind(node, "an object", path);
            return section;
        }

        foreach (var (name, member) in node.Members)
        {
            var below = SettingPath.Join(path, name);
            if (shape.Find(name) is not { } key)
            {
                problems.Unknown(below, name, shape.Keys.Select(known => known.Name));
            }
            else if (key.IsNullable && member.Kind == JsonValueKind.Null)
            {
                key.Set(section, null);
            }
            else if (Value(member, key.Shape, key, below) is var value && (value is not null || key.IsNullable))
            {
                key.Set(section, value);
            }
        }

        return section;
    }

    private object Map(ConfigNode node, SettingShape shape, string path)
    {
        var map = (IDictionary)Activator.CreateInstance(shape.Type)!;
        WrongKind(node, "an object", path);
        foreach (var (name, member) in node.Members)
        {
            if (name.Length == 0 || name.Any(char.IsControl))
            {
                problems.Error(path, "a name may be neither empty nor hold control characters");
            }
            else
            {
                map[name] = Value(member, shape.Element!, null, SettingPath.Join(path, name));
            }
        }

        return map;
    }

    private object List(ConfigNode node, SettingShape shape, string path)
    {
        var list = (IList)Activator.CreateInstance(shape.Type)!;
        WrongKind(node, "a list", path);
        for (var index = 0; index < node.Items.Count; index++)
        {
            if (Value(node.Items[index], shape.Element!, null, SettingPath.Join(path, index)) is { } value)
            {
                list.Add(value);
            }
        }

        return list;
    }

    // Only the kind is named: a string instead of a list of secrets is a secret.
    private void WrongKind(ConfigNode node, string expected, string path)
    {
        if (node.Kind != (expected == "a list" ? JsonValueKind.Array : JsonValueKind.Object))
        {
            problems.Error(path.Length == 0 ? SettingsSource.DefaultFile : path, $"must be {expected}, not {node.KindName}");
        }
    }
}
