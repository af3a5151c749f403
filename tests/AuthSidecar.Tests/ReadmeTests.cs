using System.CommandLine;
using System.Text.RegularExpressions;
using AuthSidecar.Commands;
using AuthSidecar.Configuration;
using AuthSidecar.Pipeline;
using AuthSidecar.TestSupport;
using AuthSidecar.Tests.Commands;
using AuthSidecar.Tests.Configuration;
using AuthSidecar.Tests.Storage;

namespace AuthSidecar.Tests;

/// <summary>What README.md says is what the code does.</summary>
public partial class ReadmeTests
{
    private static readonly RootCommand _commands = CommandLine.Build(new(), SettingsSource.OfProcess(null, []));

    [Fact]
    public void Refusals_AreTheCatalogue()
    {
        var advice = Readme.Rows(Readme.Root.Tables("Refusals")[0]).ToDictionary(row => row[0], row => row[3]);

        Readme.Root.Holds("Refusals", "| Reason | Status | Message | What to do |\n|---|---|---|---|\n" + string.Concat(Denials.All.Select(denial =>
            $"| `{denial.Reason}` | {denial.Status} | {denial.Message} | {advice.GetValueOrDefault($"`{denial.Reason}`", "…")} |\n")));
        Assert.All(advice.Values, text => Assert.True(text.Length > 10 && text.EndsWith('.'), text));
    }

    [Fact]
    public void Metrics_AreThoseOfTheCode() =>
        Assert.Equal(
            Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "AuthSidecar"), "*.cs", SearchOption.AllDirectories)
                .SelectMany(file => Metric().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
                .Distinct().Order(StringComparer.Ordinal),
            Readme.Rows(Assert.Single(Readme.Root.Tables("Metrics"))).Select(row => row[0].Trim('`')).Where(name => !name.StartsWith("dotnet_", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    [Fact]
    public void Settings_AreThoseOfTheOptions() => Readme.Root.Holds("Settings", SettingsTable.Render());

    [Fact]
    public void Commands_AreThoseOfTheProgram() => Readme.Root.Holds("Commands", CommandsTable.Render(_commands));

    [Fact]
    public void ExitCodes_AreThoseOfTheProgram() =>
        Assert.Equal(
            typeof(ExitCode).GetFields().Select(field => $"{field.GetRawConstantValue()}").Order(StringComparer.Ordinal),
            Readme.Rows(Readme.Root.Tables("Commands")[1]).Select(row => row[0]).Order(StringComparer.Ordinal));

    [Fact]
    public void CommandsThatAreNotThereYet_AreNotThere()
    {
        var line = Readme.Root.Section("What works, and what does not yet").Split('\n').Single(line => line.StartsWith("These commands", StringComparison.Ordinal));
        var known = CommandsTable.Leaves(_commands).SelectMany(leaf => new[] { leaf.Path, leaf.Path.Split(' ')[0] }).ToHashSet();

        var announced = Quoted().Matches(line).Select(match => match.Groups[1].Value).ToList();

        Assert.NotEmpty(announced);
        Assert.DoesNotContain(announced, known.Contains);
    }

    [Fact]
    public void PiecesForEnvoy_AreTheOnesThatEnvoyAccepts()
    {
        var validated = new Readme("envoy", "README.md").Blocks();

        foreach (var piece in new[] { "connection-manager", "http-filter", "routes", "cluster" })
        {
            Assert.True(validated[piece] == Readme.Root.Blocks()[piece], $"README.md, {piece} should be:\n\n{validated[piece]}");
        }
    }

    [Fact]
    public async Task TheSample_Loads_AndItsCommandsWork()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["openai"], "a credential");
        var text = Readme.Root.Blocks()["authsidecar.json"].Replace("/run/secrets/openai", directory["openai"], StringComparison.Ordinal)
            .Replace("/var/lib/authsidecar", directory["data"], StringComparison.Ordinal);
        await File.WriteAllTextAsync(directory["authsidecar.json"], text);
        var loaded = SettingsLoader.Load(new(null, new Dictionary<string, string>(), [], directory.Path));

        Assert.Empty(loaded.Errors);
        var run = new CommandRunner("") { LoadSettings = _ => loaded.Settings! };
        foreach (var line in Readme.Root.Blocks()["start"].Trim().Split('\n'))
        {
            var words = line.Split(' ')[1..];
            Assert.Empty(_commands.Parse(words).Errors);
            if (words is not ["serve"])
            {
                Assert.Equal((0, ""), await run.RunAsync(words) is var (exitCode, _, error) ? (exitCode, error) : default);
            }
        }
    }

    [Fact]
    public async Task TheSampleOfAnIssuer_Loads()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["authsidecar.json"], Readme.Root.Blocks()["jwt"]);

        Assert.Empty(SettingsLoader.Load(new(null, new Dictionary<string, string>(), [], directory.Path)).Errors);
    }

    [Fact]
    public void Links_LeadSomewhere() =>
        Assert.All(
            new[] { "README.md", "src/AuthSidecar/README.md", "src/AuthSidecar/DECISIONS.md", "tests/README.md", "envoy/README.md" },
            file => Assert.All(
                Link().Matches(Repository.Text(file.Split('/'))).Select(match => match.Groups[1].Value).Where(target => !target.StartsWith("http", StringComparison.Ordinal)),
                target => Assert.True(Path.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(file)!, target)), $"{file}: {target}")));

    [GeneratedRegex("\"(authsidecar_[a-z_]+)\"")]
    private static partial Regex Metric();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\]\(([^)#]+)\)")]
    private static partial Regex Link();
}
