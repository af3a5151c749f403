using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>The command of docs/getting-started.md publishes a program that runs.</summary>
public sealed class PublishTests
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    [Fact]
    public void PublishedProgram_Runs()
    {
        var directory = Directory.CreateTempSubdirectory("publish-");
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
                        "/opt/authsidecar" => directory.FullName,
                        "Release" => Configuration,
                        _ => argument,
                    }
                )
                .ToList();

            // The published program was built with these tests, which may be running from it.
            var (exitCode, output) = Programs.Run(command[0], [.. command.Skip(1), "--no-build", "-nodeReuse:false"], Repository.Root);

            Assert.True(exitCode == 0, output);
            var (helped, help) = Programs.Run(Path.Combine(directory.FullName, "authsidecar"), ["--help"], directory.FullName);
            Assert.Equal(0, helped);
            Assert.Contains("serve", help, StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
