using System.Text.RegularExpressions;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests;

/// <summary>Identifiers use the terms of the glossary (docs/concepts.md), and lines have at most 140 characters.</summary>
public sealed partial class NamesTests
{
    private const int LongestLine = 140;

    /// <summary>Words with a standard term, forbidden as a component of an identifier, in any case.</summary>
    private static readonly HashSet<string> _private = new(StringComparer.OrdinalIgnoreCase)
    {
        "Tell",
        "Tells",
        "Teller",
        "Tellers",
        "Telling",
        "Told",
        "Untold",
        "Whoever",
        "Nobody",
        "Somebody",
        "Anybody",
        "Everybody",
        "Rehearse",
        "Rehearsed",
        "Rehearsal",
        "Purse",
        "Purses",
        "Door",
        "Doors",
        "Settler",
        "Verdicts",
    };

    [Fact]
    public void Identifiers_UseNoPrivateWords() =>
        Assert.Empty(
            from file in Sources("src")
            from identifier in Identifiers(File.ReadAllText(file)).Distinct()
            where Parts(identifier).Any(_private.Contains)
            select $"{Path.GetRelativePath(Repository.Root, file)}: {identifier}"
        );

    [Fact]
    public void Lines_AreShort() => Assert.Empty(Sources("src").SelectMany(file => LongLines(file, File.ReadAllText(file))));

    /// <summary>Test data stands in literals exactly as on the wire, so literals do not count.</summary>
    [Fact]
    public void LinesOfTests_AreShort_ButForTheirData() =>
        Assert.Empty(Sources("tests").SelectMany(file => LongLines(file, Literal().Replace(File.ReadAllText(file), "\"\""))));

    [Theory]
    [InlineData("isTold", "is,Told")]
    [InlineData("_untoldLeases2", "untold,Leases")]
    [InlineData("IHTTPDoor", "IHTTP,Door")]
    [InlineData("Outdoors", "Outdoors")]
    public void Identifier_IsSplitIntoItsWords(string identifier, string parts) => Assert.Equal(parts.Split(','), Parts(identifier));

    [Fact]
    public void TextsAndComments_AreNoIdentifiers() =>
        Assert.Equal(
            ["class", "A", "string", "b", "c"],
            Identifiers("class A { /* door */ string b = \"a door\"; // told\n @\"a \"\"door\" '\\'' c \"\"\"\n door \"x\"\n\"\"\" }")
        );

    private static IEnumerable<string> Sources(string folder) =>
        Directory
            .EnumerateFiles(Repository.File(folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Generated().IsMatch(file) && !file.EndsWith($"{nameof(NamesTests)}.cs", StringComparison.Ordinal));

    private static IEnumerable<string> LongLines(string file, string text) =>
        from line in text.Split('\n').Index()
        where line.Item.Length > LongestLine
        select $"{Path.GetRelativePath(Repository.Root, file)}({line.Index + 1}): {line.Item.Length}";

    private static IEnumerable<string> Identifiers(string source) =>
        Identifier().Matches(NoCode().Replace(source, " ")).Select(match => match.Value);

    private static IEnumerable<string> Parts(string identifier) => Part().Matches(identifier).Select(match => match.Value);

    [GeneratedRegex(@"/(Migrations|obj|bin|node_modules)/|/AuthSidecar\.Protos/")]
    private static partial Regex Generated();

    [GeneratedRegex(
        """
            //[^\n]*|/\*[\s\S]*?\*/|"{3}[\s\S]*?"{3,}|\$?@\$?"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'
            """
    )]
    private static partial Regex NoCode();

    [GeneratedRegex(
        """
            "{3}[\s\S]*?"{3,}|\$?@\$?"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"
            """
    )]
    private static partial Regex Literal();

    [GeneratedRegex(@"[A-Za-z_]\w*")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")]
    private static partial Regex Part();
}
