using System.Reflection;

namespace KestrelGrpc.Tests;

/// <summary>Writes types and members as the list of the official API does.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static string Heading(Type type)
    {
        var name = type.FullName + (type.IsGenericType ? $"[{string.Join(',', type.GetGenericArguments().Select(argument => argument.Name))}]" : "");
        var ancestor = type.BaseType is null || type.BaseType == typeof(object) || type.IsValueType ? "" : $" : {type.BaseType.Name}";
        return Kind(type) switch
        {
            "enum" => $"enum {name}",
            "interface" => $"interface {name}",
            "struct" => $"struct {name}",
            var kind => $"{kind} {name}{ancestor}",
        };
    }

    public static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return [string.Join(", ", Enum.GetNames(type))];
        }

        var methods = type.GetMethods(Declared).Where(IsVisible).Where(method => !method.IsSpecialName).Select(method => method.ToString()!);
        var constructors = type.GetConstructors(Declared).Where(constructor => !constructor.IsStatic && IsVisible(constructor)).Select(constructor => constructor.ToString()!);
        var fields = type.GetFields(Declared).Where(field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly).Select(field => field.ToString()!);
        return [.. methods, .. constructors, .. type.GetProperties(Declared).Select(Property).OfType<string>(), .. fields];
    }

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => "struct",
        _ when type.IsSubclassOf(typeof(Delegate)) => "delegate",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string? Property(PropertyInfo property)
    {
        var accessors = "";
        if (property.GetMethod is { } get && IsVisible(get))
        {
            accessors += "get;";
        }

        if (property.SetMethod is { } set && IsVisible(set))
        {
            accessors += "set;";
        }

        return accessors.Length == 0 ? null : $"{property} {{{accessors}}}";
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;
}
