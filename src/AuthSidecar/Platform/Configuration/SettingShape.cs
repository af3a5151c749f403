using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Platform.Configuration;

internal enum SettingKind
{
    Section,
    Map,
    List,

    /// <summary>A list of texts, or an object whose members may have values; see <see cref="NameList"/>.</summary>
    Names,
    Text,
    Secret,
    Flag,
    Number,
    Amount,
    Duration,
    Choice,
}

/// <summary>
/// Type of one setting, read from the options classes once; the source of the loader, <c>config show</c>, the schema and the documentation.
/// </summary>
internal sealed class SettingShape
{
    private SettingShape(SettingKind kind, Type type)
    {
        Kind = kind;
        Type = type;
    }

    public SettingKind Kind { get; }

    public Type Type { get; }

    /// <summary>The keys of a section, in order.</summary>
    public IReadOnlyList<SettingKey> Keys { get; private init; } = [];

    /// <summary>Type of the entries of a list or map, and of the values of names.</summary>
    public SettingShape? Element { get; private init; }

    /// <summary>Type of the entries where the value is written as a list.</summary>
    public SettingShape Item => Kind == SettingKind.Names ? Of<string>() : Element!;

    /// <summary>Names of an enumeration as written in the file, each with its value.</summary>
    public IReadOnlyDictionary<string, object> Choices { get; private init; } = new Dictionary<string, object>();

    public bool IsScalar => Kind > SettingKind.Names;

    public SettingKey? Find(string name) => Keys.FirstOrDefault(key => key.Name == name);

    public string NameFor(object value) => Choices.First(choice => choice.Value.Equals(value)).Key;

    /// <summary>Shape of a section, or of the whole configuration.</summary>
    public static SettingShape Of<T>() => Known<T>.Shape;

    private static SettingShape Read(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum)
        {
            return new(SettingKind.Choice, type)
            {
                Choices = Enum.GetNames(type).ToDictionary(name => NameOf(type, name), name => Enum.Parse(type, name)),
            };
        }

        if (type.IsGenericType)
        {
            var definition = type.GetGenericTypeDefinition();
            var kind =
                definition == typeof(List<>) ? SettingKind.List
                : definition == typeof(NameList<>) ? SettingKind.Names
                : SettingKind.Map;
            return new(kind, type) { Element = Read(type.GenericTypeArguments[^1]) };
        }

        return type switch
        {
            _ when type == typeof(string) => new(SettingKind.Text, type),
            _ when type == typeof(Secret) => new(SettingKind.Secret, type),
            _ when type == typeof(bool) => new(SettingKind.Flag, type),
            _ when type == typeof(int) => new(SettingKind.Number, type),
            _ when type == typeof(decimal) => new(SettingKind.Amount, type),
            _ when type == typeof(TimeSpan) => new(SettingKind.Duration, type),
            _ => new(SettingKind.Section, type) { Keys = [.. type.GetProperties().Where(property => property.CanWrite).Select(KeyOf)] },
        };
    }

    private static class Known<T>
    {
        public static readonly SettingShape Shape = Read(typeof(T));
    }

    private static SettingKey KeyOf(PropertyInfo property) =>
        new(
            property,
            Read(property.PropertyType),
            new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable,
            property.GetCustomAttribute<RangeAttribute>(),
            property.GetCustomAttribute<NeedsRestartAttribute>() is not null,
            property.GetCustomAttribute<ReloadsAttribute>() is not null
        );

    private static string NameOf(Type type, string name) =>
        type.GetField(name)!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name
        ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}

/// <summary>One key of a section.</summary>
internal sealed record SettingKey(
    PropertyInfo Property,
    SettingShape Shape,
    bool IsNullable,
    RangeAttribute? Range,
    bool NeedsRestart,
    bool Reloads
)
{
    public string Name => Property.Name;

    public object? Get(object section) => Property.GetValue(section);

    public void Set(object section, object? value) => Property.SetValue(section, value);
}

/// <summary>Marks a section that is read only at start; a reload keeps the old value with a warning.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NeedsRestartAttribute : Attribute;

/// <summary>Marks a key of such a section that a reload replaces.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ReloadsAttribute : Attribute;
