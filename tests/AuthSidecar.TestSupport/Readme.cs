using System.Text.RegularExpressions;

namespace AuthSidecar.TestSupport;

/// <summary>The sections of a Markdown file that tests compare with the code.</summary>
internal sealed partial class Readme(params string[] path)
{
    private readonly string _text = Repository.Text(path);

    public static Readme Root { get; } = new("README.md");

    /// <summary>Relative path from the root, with slashes.</summary>
    public string Name => string.Join('/', path);

    public string Text => _text;

    /// <summary>The text under a heading.</summary>
    public string Section(string heading)
    {
        var start = _text.IndexOf($"\n## {heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"{Name} has no section \"{heading}\".");
        var end = _text.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return end < 0 ? _text[start..] : _text[start..end];
    }

    /// <summary>The tables of a section, as written.</summary>
    public IReadOnlyList<string> Tables(string heading) => [.. Table().Matches(Section(heading)).Select(match => match.Value)];

    /// <summary>The fenced blocks by name: the second token of the info string.</summary>
    public IReadOnlyDictionary<string, string> Blocks() =>
        Block().Matches(_text).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["text"].Value);

    /// <summary>The language of each fenced block, and its name or an empty text.</summary>
    public IReadOnlyList<(string Language, string Name)> Fences() =>
        [.. Fence().Matches(_text).Select(match => (match.Groups["language"].Value, match.Groups["name"].Value))];

    /// <summary>The cells of a table's rows, without the header.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Rows(string table) =>
        [.. table.TrimEnd().Split('\n').Skip(2).Select(row => Cell().Split(row.Trim()[1..^1]).Select(cell => cell.Trim()).ToList())];

    /// <summary>Fails with the text to paste.</summary>
    public void Holds(string heading, string expected)
    {
        if (!Tables(heading).Contains(expected))
        {
            Assert.Fail($"{Name}, \"{heading}\" does not agree with the code. It should hold:\n\n{expected}");
        }
    }

    [GeneratedRegex(@"(?<=\n)(\|[^\n]*\n)+")]
    private static partial Regex Table();

    [GeneratedRegex(@"^```\w+ (?<name>\S+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^```(?<language>\w*) ?(?<name>\S*)\n.*?^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Cell();
}
