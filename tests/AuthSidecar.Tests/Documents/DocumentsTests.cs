using System.Text.RegularExpressions;
using AuthSidecar.Decisions.Steps;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Documents;

/// <summary>The documents beside the code name every existing item and no other.</summary>
public partial class DocumentsTests
{
    private static readonly Readme _sidecar = new("src", "AuthSidecar", "README.md");

    /// <summary>The README of each wing names its folders, each at the head of a list item.</summary>
    [Theory]
    [MemberData(nameof(Wings))]
    public void Wing_NamesItsFolders(string wing)
    {
        var lines = Repository.Text("src", "AuthSidecar", wing, "README.md").Split('\n');

        Assert.Equal(
            Directory
                .EnumerateDirectories(Repository.File("src", "AuthSidecar", wing))
                .Select(Path.GetFileName)
                .Order(StringComparer.Ordinal),
            lines
                .Where(line => line.StartsWith("- ", StringComparison.Ordinal))
                .SelectMany(line => FolderNames().Matches(line).Select(match => match.Groups[1].Value))
                .Order(StringComparer.Ordinal)
        );
    }

    public static TheoryData<string> Wings() =>
        [.. Readme.Rows(_sidecar.Tables("Wings")[0]).Select(row => row[0][1..row[0].IndexOf(']', StringComparison.Ordinal)])];

    [Fact]
    public void PathOfARequest_NamesTheStepsInTheirOrder()
    {
        var list = Repository.Text("src", "AuthSidecar", "Decisions", "Steps", $"{nameof(CheckSteps)}.cs");

        Assert.Equal(
            Step().Matches(list).Select(match => match.Value),
            Step().Matches(string.Concat(Files())).Select(match => match.Value)
        );
    }

    [Fact]
    public void PathOfARequest_NamesFilesThatAreThere() =>
        Assert.All(Files(), file => Assert.True(File.Exists(Repository.File("src", "AuthSidecar", file)), file));

    [Fact]
    public void PathOfARequest_NamesEveryRefusalThatAStepCanGive()
    {
        foreach (var row in Readme.Rows(_sidecar.Tables("A request's path through the files")[0]))
        {
            var source = Repository.Text("src", "AuthSidecar", row[2].Trim('`'));
            var given = Denials
                .All.Where(denial => Regex.IsMatch(source, $@"\bDenials\.{Property(denial)}\b") && denial != Denials.InternalError)
                .Select(denial => denial.Reason);

            Assert.Empty(given.Except(Quoted().Matches(row[3]).Select(match => match.Groups[1].Value)));
        }
    }

    [Fact]
    public void TestProjects_AreAllDescribed() =>
        Assert.Equal(
            Directory
                .EnumerateFiles(Repository.File("tests"), "*.csproj", SearchOption.AllDirectories)
                .Select(path => $"`{Path.GetFileNameWithoutExtension(path)}`")
                .Order(StringComparer.Ordinal),
            Readme
                .Rows(
                    new Readme("tests", "README.md")
                        .Text.Split("\n\n")
                        .Single(part => part.StartsWith("| Project", StringComparison.Ordinal))
                )
                .Select(row => row[0])
                .Order(StringComparer.Ordinal)
        );

    private static string Property(Denial denial) =>
        typeof(Denials).GetFields().Single(field => ReferenceEquals(field.GetValue(null), denial)).Name;

    private static IReadOnlyList<string> Files() =>
        [.. Readme.Rows(_sidecar.Tables("A request's path through the files")[0]).Select(row => row[2].Trim('`'))];

    [GeneratedRegex(@"\b(?!ICheckStep)[A-Z]\w+Step\b")]
    private static partial Regex Step();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(?<=^- |, |\. )`([A-Z]\w+)`(?=[,:])")]
    private static partial Regex FolderNames();
}
