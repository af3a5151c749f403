using System.Collections;
using System.Text.Json;
using AuthSidecar.Decisions.Text;

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
            SettingKind.Names => Names(node, shape, path),
            _ => _scalars.Read(node, shape, key, path),
        };

    private object? Section(ConfigNode node, SettingShape shape, string path)
    {
        var section = Activator.CreateInstance(shape.Type)!;
        if (node.Kind != JsonValueKind.Object)
        {
            RequireKind(node, "an object", path, JsonValueKind.Object);
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
        RequireKind(node, "an object", path, JsonValueKind.Object);
        Fill(map, node, path, (member, below) => Value(member, shape.Element!, null, below));
        return map;
    }

    private object List(ConfigNode node, SettingShape shape, string path)
    {
        var list = (IList)Activator.CreateInstance(shape.Type)!;
        RequireKind(node, "a list", path, JsonValueKind.Array);
        Fill(list, node, shape, path);
        return list;
    }

    private NameList Names(ConfigNode node, SettingShape shape, string path)
    {
        var names = (NameList)Activator.CreateInstance(shape.Type)!;
        RequireKind(node, "a list or an object", path, JsonValueKind.Array, JsonValueKind.Object);
        Fill(names, node, shape, path);
        if (node.Kind == JsonValueKind.Object)
        {
            var values = names.BecomeObject();
            Fill(values, node, path, (member, below) =>
                member.Kind == JsonValueKind.Null ? null : Value(member, shape.Element!, null, below)
            );
            names.AddRange(values.Keys.Cast<string>());
        }

        return names;
    }

    private void Fill(IDictionary map, ConfigNode node, string path, Func<ConfigNode, string, object?> read)
    {
        foreach (var (name, member) in node.Members)
        {
            if (name.Length == 0 || name.Any(char.IsControl))
            {
                problems.Error(path, "a name may be neither empty nor hold control characters");
            }
            else
            {
                map[name] = read(member, SettingPath.Join(path, name));
            }
        }
    }

    private void Fill(IList list, ConfigNode node, SettingShape shape, string path)
    {
        for (var index = 0; index < node.Items.Count; index++)
        {
            if (Value(node.Items[index], shape.Item, null, SettingPath.Join(path, index)) is { } value)
            {
                list.Add(value);
            }
        }
    }

    // Only the kind is named: a string instead of a list of secrets is a secret.
    private void RequireKind(ConfigNode node, string expected, string path, params ReadOnlySpan<JsonValueKind> kinds)
    {
        if (!kinds.Contains(node.Kind))
        {
            problems.Error(path.Length == 0 ? SettingsSource.DefaultFile : path, $"must be {expected}, not {node.KindName}");
        }
    }
}
