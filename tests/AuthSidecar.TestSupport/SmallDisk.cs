using System.Diagnostics;

namespace AuthSidecar.TestSupport;

/// <summary>A small disk for one process: a tmpfs in a mount namespace of its own.</summary>
internal static class SmallDisk
{
    private static readonly Lazy<string?> _problem = new(Try);

    public static string? Problem => _problem.Value;

    /// <returns>The arguments that precede those of the program.</returns>
    public static string[] Wrapper(string directory, int megabytes) =>
        ["unshare", "-m", "sh", "-c", $"""mount -t tmpfs -o size={megabytes}m tmpfs "$0" && exec "$@" """, directory];

    private static string? Try()
    {
        if (Programs.OnPath("unshare") is null)
        {
            return "unshare is not on the PATH.";
        }

        var directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;
        string[] arguments = [.. Wrapper(directory, 1), "true"];
        using var process = Process.Start(new ProcessStartInfo(arguments[0], arguments[1..]) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Directory.Delete(directory);
        return process.ExitCode == 0 ? null : $"no file system may be mounted here: {error.Trim()}";
    }
}
