using System.Text.RegularExpressions;
using AuthSidecar.Tests.Platform.Configuration;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Documents;

/// <summary>
/// Source paths and type names in the Markdown files exist, so that a move or a rename does not leave the documents behind.
/// </summary>
public sealed partial class DocumentNamesTests
{
    private static readonly string[] _roots = ["src", "tests", "docs", "envoy", "protos"];
    private static readonly string[] _skipped = ["bin", "obj", "node_modules", "TestResults"];

    /// <summary>Every file and folder of the repository, relative, with a slash in front.</summary>
    private static readonly IReadOnlyList<string> _paths = [.. _roots.SelectMany(root => Paths(Repository.File(root)))];

    private static readonly IReadOnlyList<string> _sources =
    [
        .. _paths
            .Where(path => path.StartsWith("/src/", StringComparison.Ordinal) && path.EndsWith(".cs", StringComparison.Ordinal))
            .Select(path => Repository.Text(path.TrimStart('/').Split('/'))),
    ];

    private static readonly HashSet<string> _types =
    [
        .. _sources.SelectMany(source => Declared().Matches(source).Select(match => match.Groups["name"].Value)),
    ];

    private static readonly Readme _concepts = new("docs", "concepts.md");
    private static readonly Readme _architecture = new("docs", "architecture.md");

    [Fact]
    public void SourcePaths_Exist() =>
        Assert.Empty(
            from page in Manual.All
            from quoted in Quoted(Manual.Page(page))
            where IsSourcePath(quoted) && !Exists(page, quoted)
            select $"{page}: {quoted}"
        );

    /// <summary>Names of one hump are words as well, so only the two pages about the code are held to all of theirs.</summary>
    [Fact]
    public void CompoundNames_OccurInTheSource()
    {
        var known = _paths
            .Where(path => path.EndsWith(".cs", StringComparison.Ordinal) || path.EndsWith(".proto", StringComparison.Ordinal))
            .SelectMany(path => Word().Matches(Repository.Text(path.TrimStart('/').Split('/'))).Select(match => match.Value))
            .ToHashSet();

        Assert.Empty(
            from page in Manual.All
            where !page.StartsWith("tests/Cases/", StringComparison.Ordinal)
            from quoted in Quoted(Manual.Page(page))
            from name in Compound().Matches(quoted).Select(match => match.Value)
            where !known.Contains(name)
            select $"{page}: {name}"
        );
    }

    [Fact]
    public void CompoundNamesOfTheArchitecture_AreTypesOrFolders() =>
        Assert.Empty(
            from quoted in Quoted(_architecture)
            where !IsSourcePath(quoted) && !IsSetting(quoted)
            from name in Compound().Matches(quoted).Select(match => match.Value)
            where !_types.Contains(name) && !_paths.Any(path => path.EndsWith($"/{name}", StringComparison.Ordinal))
            select name
        );

    /// <summary>The last column of the glossary holds types and settings, and nothing else.</summary>
    [Fact]
    public void NamesOfTheGlossary_AreTypesOrSettings() =>
        Assert.Empty(
            from row in Glossary()
            from name in Name().Matches(row[2]).Select(match => match.Groups[1].Value)
            where !_types.Contains(name) && !IsSetting(name)
            select $"{row[0]}: {name}"
        );

    [Fact]
    public void GlossaryEntries_HaveATermAMeaningAndAColumnOfNames()
    {
        Assert.All(Glossary(), row => Assert.Equal(3, row.Count));
        Assert.Empty(Glossary().Where(row => Name().Replace(row[2], "").Trim(' ', ',').Length > 0).Select(row => row[0]));
        Assert.Empty(Glossary().GroupBy(row => row[0]).Where(same => same.Count() > 1).Select(same => same.Key));
    }

    [Fact]
    public void WingsOfTheArchitecture_NameTheirFolders() =>
        Assert.Equal(
            Directory
                .EnumerateDirectories(Repository.File("src", "AuthSidecar"))
                .Where(wing => File.Exists(Path.Combine(wing, "README.md")))
                .SelectMany(wing =>
                    Directory.EnumerateDirectories(wing).Select(folder => $"{Path.GetFileName(wing)}/{Path.GetFileName(folder)}")
                )
                .Order(StringComparer.Ordinal),
            Readme
                .Rows(Assert.Single(_architecture.Tables("Wings")))
                .SelectMany(row => Name().Matches(row[1]).Select(folder => $"{row[0].Trim('`')}/{folder.Groups[1].Value}"))
                .Order(StringComparer.Ordinal)
        );

    [Theory]
    [InlineData("src/AuthSidecar", true)]
    [InlineData("Decisions/Text/Timestamps", true)]
    [InlineData("CheckSteps.cs", true)]
    [InlineData("grpc.health.v1.Health/Watch", false)]
    [InlineData("src/{name}", false)]
    [InlineData("Usage:QueueCapacity", false)]
    public void SourcePath_IsRecognized(string quoted, bool expected) => Assert.Equal(expected, IsSourcePath(quoted));

    private static IEnumerable<IReadOnlyList<string>> Glossary() =>
        ((string[])["Decisions", "Routes and upstreams", "Callers", "People", "Usage and money", "Platform", "WebSockets"]).SelectMany(
            heading => Readme.Rows(Assert.Single(_concepts.Tables(heading)))
        );

    private static IEnumerable<string> Quoted(Readme page) =>
        Code().Matches(Fenced().Replace(page.Text, "")).Select(match => match.Groups[1].Value);

    private static bool IsSourcePath(string quoted) =>
        PlainPath().IsMatch(quoted)
        && (_roots.Contains(quoted.Split('/')[0]) || FolderPath().IsMatch(quoted) || quoted.EndsWith(".cs", StringComparison.Ordinal))
        && quoted is not ("src" or "tests" or "docs" or "envoy" or "protos");

    // A path is relative to the root, to its page, or to a project or wing, and a type's file may be named without its extension.
    private static bool Exists(string page, string quoted)
    {
        var path = quoted.TrimEnd('/');
        return Path.Exists(Repository.File([.. page.Split('/')[..^1], .. path.Split('/')]))
            || _paths.Any(existing =>
                existing.EndsWith($"/{path}", StringComparison.Ordinal) || existing.EndsWith($"/{path}.cs", StringComparison.Ordinal)
            );
    }

    private static bool IsSetting(string name) =>
        SettingsTable.Keys().Any(key => key.Path == name || key.Path.StartsWith($"{name}:", StringComparison.Ordinal));

    private static IEnumerable<string> Paths(string directory) =>
        Directory
            .EnumerateFileSystemEntries(directory)
            .Where(path => !_skipped.Contains(Path.GetFileName(path)))
            .SelectMany(path => Directory.Exists(path) ? Paths(path).Prepend(Relative(path)) : [Relative(path)]);

    private static string Relative(string path) => "/" + Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"^```.*?^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fenced();

    [GeneratedRegex(@"^[\w.-]+(/[\w.-]+)*/?$")]
    private static partial Regex PlainPath();

    [GeneratedRegex(@"^[A-Z]\w*(/[A-Z]\w*)+$")]
    private static partial Regex FolderPath();

    [GeneratedRegex(@"\b[A-Z][a-z]+[A-Z]\w*\b")]
    private static partial Regex Compound();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\b(?:class|record|struct|interface|enum) (?<name>[A-Z]\w*)|\bdelegate [\w<>?]+ (?<name>[A-Z]\w*)")]
    private static partial Regex Declared();
}
