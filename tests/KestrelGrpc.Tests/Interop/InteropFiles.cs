using System.Reflection;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Testing;

namespace KestrelGrpc.Tests.Interop;

internal static class InteropFiles
{
    /// <summary>The scripts' own directory, where their packages are installed.</summary>
    public static string Directory { get; } =
        typeof(InteropFiles).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "InteropDirectory").Value!;

    /// <summary>A file for peers that cannot read protos.</summary>
    public static string WriteDescriptorSet()
    {
        var set = new FileDescriptorSet();
        foreach (var file in new[] { EmptyReflection.Descriptor, MessagesReflection.Descriptor, TestReflection.Descriptor })
        {
            set.File.Add(file.ToProto());
        }

        var path = Path.Combine(Path.GetTempPath(), $"grpc-testing-{Guid.NewGuid():N}.pb");
        File.WriteAllBytes(path, set.ToByteArray());
        return path;
    }
}
