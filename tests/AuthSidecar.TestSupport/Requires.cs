namespace AuthSidecar.TestSupport;

/// <summary>
/// External requirements of a test. A missing one skips the test with the reason; if the variable TESTS_REQUIRE (comma-separated) lists the
/// name, the test runs and fails instead.
/// </summary>
internal static class Requires
{
    /// <summary>The first of several reasons.</summary>
    public static string? SkipReason(string[] names) => names.Select(SkipReason).FirstOrDefault(reason => reason is not null);

    public static string? SkipReason(string name) =>
        Demanded(name) || Problem(name) is not { Length: > 0 } problem ? null : $"needs {name}: {problem}";

    private static string? Problem(string name)
    {
        switch (name)
        {
            case "envoy":
                EnvoyBinary.Find(EnvoyRelease.Newest, out var newest);
                return newest;
            case "envoy-old":
                EnvoyBinary.Find(EnvoyRelease.Oldest, out var oldest);
                return oldest;
            case "chromium":
                return Chromium.Problem;
            case "node":
                return NodePackages.Integration.Problem;
            case "postgres":
                return PostgresBinaries.Problem;
            case "redis":
                return new[] { "redis-server", "redis-cli" }.FirstOrDefault(program => Programs.OnPath(program) is null) is { } missing
                    ? $"{missing} is not on the PATH."
                    : null;
            case "ws":
                return NodePackages.Sockets.Problem;
            case "grpcio":
                return Grpcio.Problem;
            case "root":
                return Environment.IsPrivilegedProcess ? null : "the tests do not run as root.";
            case "tmpfs":
                return SmallDisk.Problem;
            default:
                return Programs.OnPath(name) is null ? $"{name} is not on the PATH." : null;
        }
    }

    private static bool Demanded(string name) =>
        (Environment.GetEnvironmentVariable("TESTS_REQUIRE") ?? "").Split(',', StringSplitOptions.TrimEntries).Contains(name);
}
