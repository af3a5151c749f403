using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>The command of docs/getting-started.md publishes a program that runs, compiled ahead of time.</summary>
public sealed class PublishTests
{
    [Fact]
    public void PublishedProgram_Runs_AndIsCompiledAheadOfTime()
    {
        var directory = Directory.CreateTempSubdirectory("publish-");
        var published = Path.Combine(directory.FullName, "published");
        try
        {
            var command = Repository
                .Text("docs", "getting-started.md")
                .Split("```sh publish\n")[1]
                .Split("```")[0]
                .Trim()
                .Split(' ')
                .Select(argument =>
                    argument switch
                    {
                        "/opt/authsidecar" => published,
                        "linux-x64" => RuntimeInformation.RuntimeIdentifier,
                        _ => argument,
                    }
                )
                .ToList();

            // These tests run from the usual output.
            var (exitCode, output) = Programs.Run(
                command[0],
                [.. command.Skip(1), $"-p:ArtifactsPath={directory.FullName}", "-p:RunAnalyzers=false", "-nodeReuse:false"],
                Repository.Root
            );

            Assert.True(exitCode == 0, output);
            var (helped, help) = Programs.Run(Path.Combine(published, "authsidecar"), ["--help"], directory.FullName);
            Assert.Equal(0, helped);
            Assert.Contains("serve", help, StringComparison.Ordinal);
            using var image = new PEReader(File.OpenRead(Path.Combine(published, "authsidecar.dll")));
            Assert.NotEqual(0, image.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
