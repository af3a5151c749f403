using System.Text.RegularExpressions;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Demo;

/// <summary>The README shows what the demo really prints.</summary>
public sealed partial class ReadmeDemoTests
{
    [RequiresFact("envoy")]
    public async Task TheOutputInTheReadme_IsTheDemos()
    {
        using var machine = DemoMachine.WithEnvoy();

        var (_, output, _) = await machine.DemoAsync();

        var shown = Block().Match(Repository.Text("README.md")).Groups["text"].Value;
        Assert.True(Steady(output) == Steady(shown), $"README.md, the demo's output should be:\n\n{output}");
    }

    // Ids and times differ from run to run; how wide they are does not, so the columns stay.
    private static string Steady(string output) => string.Join('\n', Changing().Replace(output, "…").Split('\n').Select(line => line.TrimEnd())).Trim();

    [GeneratedRegex("[0-9a-f]{32}|(?<=caller-key-id: )[A-Za-z0-9]{12}|[0-9][.][0-9] s|^[0-9]+ decisions, [0-9]+ rows|(?<=Through Envoy: ).*", RegexOptions.Multiline)]
    private static partial Regex Changing();

    [GeneratedRegex(@"^```text demo\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
