using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>Runs the .NET SDK on the repository with an empty output directory.</summary>
public sealed class CleanBuild : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("clean-build-");

    /// <summary>The target directory for publishing.</summary>
    public string Published => Path.Combine(_directory.FullName, "published");

    internal (int ExitCode, string Output) Dotnet(params string[] arguments)
    {
        var artifacts = Path.Combine(_directory.FullName, "artifacts");
        // A build server that outlives the command would keep its output open.
        string[] environment =
        [
            "MSBUILDDISABLENODEREUSE=1",
            "UseSharedCompilation=false",
            "RunAnalyzers=false",
            $"ArtifactsPath={artifacts}",
        ];
        // At the lowest priority, because other tests measure times concurrently.
        return Programs.Run("/usr/bin/env", [.. environment, "nice", "-n", "19", DotNet, .. arguments], Repository.Root);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static string DotNet =>
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
        ?? Programs.OnPath("dotnet")
        ?? throw new InvalidOperationException("dotnet is not on the PATH.");
}
