using System.Reflection;
using System.Runtime.InteropServices;
using AuthSidecar.TestSupport;
using Google.Protobuf.Reflection;

namespace AuthSidecar.IntegrationTests.Protos;

/// <summary>The compiler of Grpc.Tools, used here to parse .proto files into descriptors.</summary>
internal static class Protoc
{
    private static readonly string Package = PackageOf("GrpcTools");

    /// <summary>The directory of <c>google/rpc</c>.</summary>
    public static string CommonProtos { get; } = Path.Combine(PackageOf("CommonProtos"), "content", "protos");

    public static FileDescriptorSet Read(IEnumerable<string> roots, IEnumerable<string> files)
    {
        var output = Path.GetTempFileName();
        try
        {
            var arguments = roots
                .Append(Path.Combine(Package, "build", "native", "include"))
                .Select(root => "-I" + root)
                .Append("--include_imports")
                .Append("--descriptor_set_out=" + output)
                .Concat(files);
            var (exitCode, text) = Programs.Run(Binary(), arguments);
            Assert.True(exitCode == 0, text);
            return FileDescriptorSet.Parser.ParseFrom(File.ReadAllBytes(output));
        }
        finally
        {
            File.Delete(output);
        }
    }

    private static string PackageOf(string name) =>
        typeof(Protoc).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == name).Value!;

    private static string Binary()
    {
        var arm = RuntimeInformation.OSArchitecture is Architecture.Arm64;
        return OperatingSystem.IsWindows() ? Path.Combine(Package, "tools", "windows_x64", "protoc.exe")
            : OperatingSystem.IsMacOS() ? Path.Combine(Package, "tools", "macosx_universal", "protoc")
            : Path.Combine(Package, "tools", arm ? "linux_arm64" : "linux_x64", "protoc");
    }
}
