using System.Text;
using System.Text.RegularExpressions;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Documents;

/// <summary>README.md is one page, and its commands name existing parts of the repository.</summary>
public partial class ReadmeTests
{
    private const int MostLines = 120;
    private const int MostBytes = 8_000;

    [Fact]
    public void Readme_IsOnePage()
    {
        Assert.InRange(Readme.Root.Text.TrimEnd().Split('\n').Length, 1, MostLines);
        Assert.InRange(Encoding.UTF8.GetByteCount(Readme.Root.Text), 1, MostBytes);
    }

    [Fact]
    public void Readme_HasTheseSectionsAndNoOthers() =>
        Assert.Equal(
            ["Features", "Try it", "Put it into your mesh", "Documentation", "Status", "Build and test"],
            Heading().Matches(Readme.Root.Text).Select(match => match.Groups["text"].Value)
        );

    [Fact]
    public void Features_AreEight() =>
        Assert.Equal(8, Readme.Root.Section("Features").Split('\n').Count(line => line.StartsWith("- ", StringComparison.Ordinal)));

    [Fact]
    public void TryIt_IsTwoCommands() => Assert.Equal(2, Readme.Root.Blocks()["try"].Trim().Split('\n').Length);

    /// <summary>Commands of developers: <c>tests/run.sh</c> itself runs these tests, and <c>dotnet</c> needs its project.</summary>
    [Theory]
    [InlineData("README.md", "try")]
    [InlineData("README.md", "build")]
    [InlineData("CONTRIBUTING.md", "build")]
    [InlineData("CONTRIBUTING.md", "test")]
    [InlineData("docs/getting-started.md", "demo-command")]
    [InlineData("docs/operations/deploy.md", "compose")]
    public void CommandsOfDevelopers_NameExistingFiles(string page, string block)
    {
        foreach (var line in Manual.Page(page).Blocks()[block].Trim().Split('\n'))
        {
            var named = line.Split(' ') switch
            {
                ["dotnet", "run", "--project", var project, ..] => Path.Combine(project, $"{Path.GetFileName(project)}.csproj"),
                ["dotnet", "build", var solution] => solution,
                ["docker", "compose", ..] => "docker-compose.yml",
                [var script, ..] => script,
                _ => "",
            };

            Assert.True(File.Exists(Repository.File(named.Split('/'))), $"{page}, {line}: no {named}");
        }
    }

    /// <summary>The form of the last line of <c>tests/run.sh</c>.</summary>
    [Fact]
    public void LastLineOfTheTests_IsTheScripts()
    {
        Assert.Equal("N passed, N failed, N skipped", Readme.Root.Blocks()["tests"].Trim());
        Assert.Contains(
            "echo \"$passed passed, $failed failed, $skipped skipped\"",
            Repository.Text("tests", "run.sh"),
            StringComparison.Ordinal
        );
    }

    [GeneratedRegex(@"^## (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
