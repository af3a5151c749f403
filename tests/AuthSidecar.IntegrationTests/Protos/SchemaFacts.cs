using Google.Protobuf.Reflection;

namespace AuthSidecar.IntegrationTests.Protos;

/// <summary>A schema as lines of text, one per field, enum value or method, with everything that affects the wire format.</summary>
internal static class SchemaFacts
{
    public static IEnumerable<string> Of(FileDescriptorProto file) =>
        file
            .MessageType.SelectMany(message => Of("." + file.Package, message))
            .Concat(file.EnumType.SelectMany(type => Of("." + file.Package, type)))
            .Concat(file.Service.SelectMany(service => Of("." + file.Package, service)));

    private static IEnumerable<string> Of(string scope, DescriptorProto message)
    {
        var name = $"{scope}.{message.Name}";
        return message
            .Field.Select(field => $"{name} {field.Name} = {field.Number}: {Type(field)}{Oneof(message, field)}")
            .Concat(message.NestedType.SelectMany(nested => Of(name, nested)))
            .Concat(message.EnumType.SelectMany(nested => Of(name, nested)));
    }

    private static IEnumerable<string> Of(string scope, EnumDescriptorProto type) =>
        type.Value.Select(value => $"{scope}.{type.Name} {value.Name} = {value.Number}");

    private static IEnumerable<string> Of(string scope, ServiceDescriptorProto service) =>
        service.Method.Select(method =>
            $"{scope}.{service.Name} {method.Name}({Stream(method.ClientStreaming)}{method.InputType}) "
            + $"{Stream(method.ServerStreaming)}{method.OutputType}"
        );

    private static string Type(FieldDescriptorProto field) =>
        $"{field.Label.ToString().ToLowerInvariant()} {field.Type.ToString().ToLowerInvariant()} {field.TypeName}".TrimEnd();

    private static string Oneof(DescriptorProto message, FieldDescriptorProto field) =>
        field.Proto3Optional ? " with presence"
        : field.HasOneofIndex ? $" in {message.OneofDecl[field.OneofIndex].Name}"
        : "";

    private static string Stream(bool streams) => streams ? "stream " : "";
}
