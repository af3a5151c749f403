using System.Diagnostics;

namespace KestrelGrpc.Tests.Interop;

/// <summary>Another implementation of gRPC: how it is found and how its scripts are run.</summary>
internal sealed class Peer(string name, string executable, string extension, Func<string?> findMissing)
{
    private readonly Lazy<string?> _missing = new(findMissing);

    public static Peer GrpcJs { get; } = new("grpc-js", "node", ".js", NodePackages.FindMissing);

    public static Peer Grpcio { get; } = new("grpcio", "/usr/bin/python3", ".py", static () =>
        Tool.Run("/usr/bin/python3", ["-c", "import grpc, google.protobuf"], TimeSpan.FromSeconds(30)) is { } error
            ? $"Debian's python3-grpcio and python3-protobuf are needed: {error}"
            : null);

    /// <summary>Why the peer cannot be used here, or null when it can.</summary>
    public string? Missing => _missing.Value is { } reason ? $"{name}: {reason}" : null;

    /// <summary>Whether the environment variable TESTS_REQUIRE, a list, names the peer: then missing is failing.</summary>
    public bool IsRequired =>
        (Environment.GetEnvironmentVariable("TESTS_REQUIRE") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Contains(name);

    public Process Start(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(executable, [Path.Combine(InteropFiles.Directory, script + extension), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        return Process.Start(start)!;
    }
}
