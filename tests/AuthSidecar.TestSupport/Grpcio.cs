namespace AuthSidecar.TestSupport;

/// <summary>gRPC for Python, an implementation independent of .NET's.</summary>
internal static class Grpcio
{
    private static readonly Lazy<string?> Missing = new(Look);

    public static string Python => "/usr/bin/python3";

    public static string? Problem => Missing.Value;

    private static string? Look() =>
        !File.Exists(Python) ? $"{Python} is not there."
        : Programs.Run(Python, ["-c", "import grpc, google.protobuf"]).ExitCode == 0 ? null
        : "Debian's python3-grpcio and python3-protobuf are needed.";
}
