using System.Globalization;

namespace AuthSidecar.TestSupport;

/// <summary>Finds the newest PostgreSQL of this machine; <c>POSTGRES_BIN</c> names another directory of programs.</summary>
internal static class PostgresBinaries
{
    private const string Installed = "/usr/lib/postgresql";
    private static readonly string? Directory = Find();

    /// <summary>Empty when everything is installed, else the reason.</summary>
    public static string Problem =>
        Directory is null ? $"no PostgreSQL under {Installed} and no POSTGRES_BIN."
        : Environment.IsPrivilegedProcess && Programs.OnPath("runuser") is null
            ? "PostgreSQL does not run as root, and runuser is not on the PATH."
        : "";

    public static string Path(string program) => System.IO.Path.Combine(Directory ?? throw new InvalidOperationException(Problem), program);

    private static string? Find()
    {
        var candidates =
            Environment.GetEnvironmentVariable("POSTGRES_BIN") is { Length: > 0 } named ? [named]
            : System.IO.Directory.Exists(Installed)
                ? System
                    .IO.Directory.EnumerateDirectories(Installed)
                    .OrderByDescending(version =>
                        int.TryParse(System.IO.Path.GetFileName(version), CultureInfo.InvariantCulture, out var number) ? number : 0
                    )
                    .Select(version => System.IO.Path.Combine(version, "bin"))
            : [];
        return candidates.FirstOrDefault(candidate => File.Exists(System.IO.Path.Combine(candidate, "initdb")));
    }
}
