using System.Reflection;
using Envoy.Service.Auth.V3;
using Google.Protobuf.Reflection;

namespace AuthSidecar.IntegrationTests.Protos;

/// <summary>The schema compiled into AuthSidecar.Protos, which the product uses.</summary>
internal static class CompiledSchema
{
    public static IReadOnlyList<FileDescriptorProto> Files { get; } =
    [
        .. typeof(CheckRequest)
            .Assembly.GetTypes()
            .Select(type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static))
            .Where(property => property?.PropertyType == typeof(FileDescriptor))
            .Select(property => ((FileDescriptor)property!.GetValue(null)!).ToProto()),
    ];

    public static IReadOnlyList<string> Facts(Func<FileDescriptorProto, bool> which) => [.. Files.Where(which).SelectMany(SchemaFacts.Of)];
}
