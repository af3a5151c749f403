using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>The command of docs/getting-started.md publishes a program that runs, compiled ahead of time.</summary>
public sealed class PublishTests
{
    private static readonly string _command = Repository
        .Text("docs", "getting-started.md")
        .Split("```sh publish\n")[1]
        .Split("```")[0]
        .Trim();

    [Fact]
    public void PublishedProgram_Runs_AndIsCompiledAheadOfTime()
    {
        // tests/run.sh has published it by the same command.
        if (Environment.GetEnvironmentVariable("TESTS_SIDECAR") is { } program)
        {
            MustRun(Path.GetDirectoryName(program)!);
            return;
        }

        var directory = Directory.CreateTempSubdirectory("publish-");
        try
        {
            var published = Path.Combine(directory.FullName, "published");
            var command = Command(RuntimeInformation.RuntimeIdentifier, published).Split(' ');

            // These tests run from the usual output.
            var (exitCode, output) = Programs.Run(
                command[0],
                [.. command.Skip(1), $"-p:ArtifactsPath={directory.FullName}", "-p:RunAnalyzers=false", "-nodeReuse:false"],
                Repository.Root
            );

            Assert.True(exitCode == 0, output);
            MustRun(published);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void TestRun_PublishesByTheCommandOfTheDocuments() =>
        Assert.Contains(
            Command("\"$runtime\"", "artifacts/published/sidecar"),
            Repository.Text("tests", "run.sh"),
            StringComparison.Ordinal
        );

    private static string Command(string runtime, string output) =>
        _command.Replace("linux-x64", runtime, StringComparison.Ordinal).Replace("/opt/authsidecar", output, StringComparison.Ordinal);

    private static void MustRun(string published)
    {
        var (exitCode, help) = Programs.Run(Path.Combine(published, "authsidecar"), ["--help"], published);
        Assert.Equal(0, exitCode);
        Assert.Contains("serve", help, StringComparison.Ordinal);
        using var image = new PEReader(File.OpenRead(Path.Combine(published, "authsidecar.dll")));
        Assert.NotEqual(0, image.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
    }
}
