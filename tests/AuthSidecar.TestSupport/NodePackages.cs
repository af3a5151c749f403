namespace AuthSidecar.TestSupport;

/// <summary>The npm packages of tests, installed once from the lock file beside their package.json.</summary>
internal sealed class NodePackages
{
    private readonly string _directory;
    private readonly Lazy<string?> _problem;

    private NodePackages(string directory)
    {
        _directory = directory;
        _problem = new(Install);
    }

    public static NodePackages Integration { get; } = new(Repository.File("tests", "AuthSidecar.IntegrationTests", "node"));

    public static NodePackages Sockets { get; } = new(Repository.File("tests", "AuthSidecar.BrowserTests", "node"));

    /// <summary>The folder of the scripts, with their packages installed.</summary>
    /// <exception cref="InvalidOperationException">The packages could not be installed.</exception>
    public string Directory => Problem is null ? _directory : throw new InvalidOperationException(Problem);

    /// <summary>Null when everything is installed, else the reason.</summary>
    public string? Problem => _problem.Value;

    public string File(params string[] parts) => Path.Combine([Directory, "node_modules", .. parts]);

    private string? Install()
    {
        if (Programs.OnPath("node") is null || Programs.OnPath("npm") is not { } npm)
        {
            return "node and npm are not on the PATH.";
        }

        var lockFile = Path.Combine(_directory, "package-lock.json");
        var installed = Path.Combine(_directory, "node_modules", ".package-lock.json");
        if (
            System.IO.File.Exists(installed)
            && System.IO.File.GetLastWriteTimeUtc(installed) >= System.IO.File.GetLastWriteTimeUtc(lockFile)
        )
        {
            return null;
        }

        var (exitCode, output) = Programs.Run(npm, ["ci"], _directory);
        return exitCode == 0 ? null : $"npm ci in {_directory} failed: {output.Trim()}";
    }
}
