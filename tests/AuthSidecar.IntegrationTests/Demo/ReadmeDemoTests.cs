using System.Text.RegularExpressions;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Demo;

/// <summary>The documents show the demo's real output.</summary>
public sealed partial class ReadmeDemoTests
{
    [RequiresFact("envoy")]
    public async Task TheOutputInTheDocuments_IsTheDemos()
    {
        using var machine = DemoMachine.WithEnvoy();

        var (_, output, _) = await machine.DemoAsync();

        var shown = Block("demo").Match(Repository.Text("docs", "getting-started.md")).Groups["text"].Value;
        Assert.True(Steady(output) == Steady(shown), $"docs/getting-started.md, the demo's output should be:\n\n{output}");
        var excerpt = Steady(Block("demo-excerpt").Match(Repository.Text("README.md")).Groups["text"].Value).Split('\n');
        Assert.Equal(8, excerpt.Length);
        Assert.Empty(excerpt.Select(line => line.Trim()).Except(Steady(output).Split('\n').Select(line => line.Trim())));
    }

    // Ids and times differ from run to run, but not in width, so the columns stay.
    private static string Steady(string output) =>
        string.Join('\n', Changing().Replace(output, "…").Split('\n').Select(line => line.TrimEnd())).Trim();

    [GeneratedRegex(
        "[0-9a-f]{32}|(?<=caller-key-id: )[A-Za-z0-9]{12}|[0-9][.][0-9] s|^[0-9]+ decisions, [0-9]+ rows|(?<=Through Envoy: ).*",
        RegexOptions.Multiline
    )]
    private static partial Regex Changing();

    private static Regex Block(string name) =>
        new($@"^```text {name}\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline);
}
