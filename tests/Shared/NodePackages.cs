namespace AuthSidecar.TestKit;

/// <summary>What tests take from npm, installed once from the lock file beside their package.json.</summary>
internal sealed class NodePackages
{
    private readonly Lazy<string?> _problem;

    public NodePackages(string directory)
    {
        Directory = directory;
        _problem = new(Install);
    }

    public static NodePackages Integration { get; } = new(Repository.File("tests", "AuthSidecar.IntegrationTests", "node"));

    public static NodePackages Sockets { get; } = new(Repository.File("tests", "AuthSidecar.BrowserTests", "node"));

    public string Directory { get; }

    /// <summary>Null when everything is there, else why not.</summary>
    public string? Problem => _problem.Value;

    public string File(params string[] parts)
        => Problem is null ? Path.Combine([Directory, "node_modules", .. parts]) : throw new InvalidOperationException(Problem);

    private string? Install()
    {
        if (Programs.OnPath("node") is null || Programs.OnPath("npm") is not { } npm)
        {
            return "node and npm are not on the PATH.";
        }

        var lockFile = Path.Combine(Directory, "package-lock.json");
        var installed = Path.Combine(Directory, "node_modules", ".package-lock.json");
        if (System.IO.File.Exists(installed) && System.IO.File.GetLastWriteTimeUtc(installed) >= System.IO.File.GetLastWriteTimeUtc(lockFile))
        {
            return null;
        }

        var (exitCode, output) = Programs.Run(npm, ["ci"], Directory);
        return exitCode == 0 ? null : $"npm ci in {Directory} failed: {output.Trim()}";
    }
}
