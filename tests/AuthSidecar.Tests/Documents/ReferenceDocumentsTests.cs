using System.CommandLine;
using System.Text.RegularExpressions;
using AuthSidecar.Access.Credentials;
using AuthSidecar.Access.Upstream;
using AuthSidecar.Administration.Commands;
using AuthSidecar.Administration.Composition;
using AuthSidecar.Decisions.Steps;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Tests.Administration.Commands;
using AuthSidecar.Tests.Platform.Configuration;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Documents;

/// <summary>The tables of docs/ agree with the code.</summary>
public partial class ReferenceDocumentsTests
{
    private static readonly RootCommand _commands = CommandLine.Build(new(), SettingsSource.OfProcess(null, []));
    private static readonly Readme _refusals = new("docs", "reference", "refusals.md");
    private static readonly Readme _commandsPage = new("docs", "reference", "commands.md");
    private static readonly Readme _closeCodes = new("docs", "reference", "close-codes.md");
    private static readonly Readme _metrics = new("docs", "reference", "metrics.md");
    private static readonly Readme _headers = new("docs", "reference", "headers.md");

    [Fact]
    public void Refusals_AreTheCatalogue()
    {
        var advice = Readme.Rows(Assert.Single(_refusals.Tables("Catalogue"))).ToDictionary(row => row[0], row => row[3]);

        var rows = Denials.All.Select(denial =>
            $"| `{denial.Reason}` | {denial.Status} | {denial.Message} | {advice.GetValueOrDefault($"`{denial.Reason}`", "…")} |\n"
        );
        _refusals.Holds("Catalogue", $"| Reason | Status | Message | What to do |\n|---|---|---|---|\n{string.Concat(rows)}");
        Assert.All(advice.Values, text => Assert.True(text.Length > 10 && text.EndsWith('.'), text));
    }

    [Fact]
    public void CloseCodes_AreThoseOfTheCatalogue()
    {
        var (policyViolation, others) = (1008, Denials.All.Where(denial => denial.CloseCode != 1008).ToList());

        var rows = others.Select(denial => $"| `{denial.Reason}` | {denial.CloseCode} |\n");
        _closeCodes.Holds("By refusal", $"| Reason | Code |\n|---|---|\n{string.Concat(rows)}");
        var forClients = Readme.Rows(Assert.Single(_closeCodes.Tables("For clients"))).SelectMany(row => row[0].Split(", ")).ToList();
        Assert.Empty(others.Select(denial => $"{denial.CloseCode}").Append($"{policyViolation}").Except(forClients));
    }

    [Fact]
    public void Metrics_AreThoseOfTheCode() =>
        Assert.Equal(
            Sources()
                .SelectMany(source => Metric().Matches(source).Select(match => match.Groups[1].Value))
                .Distinct()
                .Order(StringComparer.Ordinal),
            Readme
                .Rows(Assert.Single(_metrics.Tables("Names")))
                .Select(row => row[0].Trim('`'))
                .Where(name => !name.StartsWith("dotnet_", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        );

    /// <summary>A metric named anywhere in the documents is in the table, and so is a setting.</summary>
    [Fact]
    public void NamesInTheText_AreThoseOfTheTables()
    {
        var metrics = Readme.Rows(Assert.Single(_metrics.Tables("Names"))).Select(row => row[0]).ToHashSet();
        var settings = SettingsTable.Keys().Select(key => key.Path).ToList();
        foreach (var page in Manual.Pages.Where(page => !page.Name.StartsWith("docs/decisions/", StringComparison.Ordinal)))
        {
            var unknown = QuotedMetric()
                .Matches(page.Text)
                .Select(match => match.Value)
                .Where(name => !metrics.Contains(name))
                .Concat(
                    QuotedSetting()
                        .Matches(page.Text)
                        .Select(match => match.Groups[1].Value)
                        .Where(name => !settings.Any(path => path == name || path.StartsWith($"{name}:", StringComparison.Ordinal)))
                );
            Assert.Empty(unknown.Select(name => $"{page.Name}: {name}"));
        }
    }

    [Fact]
    public void Settings_AreThoseOfTheOptions() => new Readme("docs", "reference", "settings.md").Holds("Keys", SettingsTable.Render());

    [Fact]
    public void Commands_AreThoseOfTheProgram() => _commandsPage.Holds("Commands", CommandsTable.Render(_commands));

    [Fact]
    public void ExitCodes_AreThoseOfTheProgram() =>
        Assert.Equal(
            typeof(ExitCode).GetFields().Select(field => $"{field.GetRawConstantValue()}").Order(StringComparer.Ordinal),
            Readme.Rows(Assert.Single(_commandsPage.Tables("Exit codes"))).Select(row => row[0]).Order(StringComparer.Ordinal)
        );

    [Fact]
    public void CommandsThatAreNotThereYet_AreNotThere()
    {
        var known = CommandsTable.Leaves(_commands).SelectMany(leaf => new[] { leaf.Path, leaf.Path.Split(' ')[0] }).ToHashSet();

        var announced = Quoted().Matches(_commandsPage.Section("Not in this version")).Select(match => match.Groups[1].Value).ToList();

        Assert.NotEmpty(announced);
        Assert.DoesNotContain(announced, known.Contains);
    }

    [Fact]
    public void CredentialHeaders_AreThoseThatAreAlwaysRemoved() =>
        Assert.Equal(CredentialSources.AlwaysRemoved.Order(StringComparer.Ordinal), Names("Where a credential may be"));

    [Fact]
    public void PlacesOfSdks_AreThoseOfTheCode_WithASource()
    {
        var rows = Readme.Rows(Assert.Single(_headers.Tables("Places of SDKs and other gateways")));

        Assert.All(rows, row => Assert.NotEmpty(row[4]));
        Assert.Equal(Ordered(ProtocolToken.Prefixes), Places("subprotocol", "authenticates"));
        Assert.Equal(Ordered(ProtocolToken.AccountPrefixes), Places("subprotocol", "account: removed with the central credential"));
        Assert.Equal(Ordered([QueryToken.Key, QueryToken.AccessToken, QueryToken.AzureKey]), Places("query", "authenticates"));
        Assert.Equal(Ordered(QueryToken.Foreign), Ordered([.. Places("query", "removed"), QueryToken.AzureKey]));
        Assert.Equal(Ordered(CredentialSources.Foreign), Places("header", "removed"));
        Assert.All(CredentialSources.Foreign, name => Assert.Equal(PrivateHeader.Credential, PrivateHeaders.Find(name)));

        IEnumerable<string> Places(string kind, string use) =>
            Ordered(rows.Where(row => row[1] == kind && row[3] == use).Select(row => row[0].Trim('`')));

        static IEnumerable<string> Ordered(IEnumerable<string> names) => names.Order(StringComparer.Ordinal);
    }

    [Fact]
    public void IdentityHeaders_AreThoseOfTheCode() =>
        Assert.Equal(IdentityHeaders.All.Order(StringComparer.Ordinal), Names("What the upstream receives"));

    [Fact]
    public void Steps_AreThoseOfTheList()
    {
        using var host = SidecarHost.Build(
            FixedSettings.Of(new() { DataDirectory = Path.Combine(Path.GetTempPath(), "none") }),
            new([new Secret("a pepper for tests")])
        );

        Assert.Equal(
            CheckSteps
                .Create(host.Services)
                .Select(step =>
                    (step.Name, YesOrEmpty(step.RunsForPublic), YesOrEmpty(step.AcquiresResources), YesOrEmpty(step.CanBeShadowed))
                ),
            Readme
                .Rows(Assert.Single(new Readme("docs", "architecture.md").Tables("The order of steps")))
                .Select(row => (row[0].Trim('`'), row[2], row[3], row[4]))
        );
    }

    [Fact]
    public void HttpEndpoints_AreThoseThatAreMapped() =>
        Assert.Equal(
            Sources()
                .SelectMany(source =>
                    Mapped().Matches(source).Select(match => $"`GET {Group().Match(source).Groups[1].Value}{match.Groups[1].Value}`")
                )
                .Order(StringComparer.Ordinal),
            Readme
                .Rows(Assert.Single(new Readme("docs", "reference", "rest.md").Tables("Endpoints")))
                .Select(row => row[0])
                .Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Listeners_AreThoseOfTheSettings() =>
        Assert.Equal(
            SettingsTable
                .Keys()
                .Where(key =>
                    key.Path
                        is "Listen:Check"
                            or "Listen:Companion"
                            or "Listen:Console"
                            or "Listen:Closer"
                            or "Listen:Relay"
                            or "Listen:Probe"
                )
                .Select(key => ($"`{key.Path}`", key.Default is "" ? "off" : $"`{key.Default}`")),
            Readme.Rows(Assert.Single(new Readme("docs", "operations", "deploy.md").Tables("Processes"))).Select(row => (row[0], row[1]))
        );

    private static string YesOrEmpty(bool isSo) => isSo ? "yes" : "";

    private static IEnumerable<string> Sources() =>
        Directory.EnumerateFiles(Repository.File("src", "AuthSidecar"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText);

    private static IEnumerable<string> Names(string heading) =>
        Readme.Rows(Assert.Single(_headers.Tables(heading))).Select(row => row[0].Trim('`')).Order(StringComparer.Ordinal);

    [GeneratedRegex("\"(authsidecar_[a-z_]+)\"")]
    private static partial Regex Metric();

    [GeneratedRegex("`authsidecar_[a-z_]+_[a-z_]+`")]
    private static partial Regex QuotedMetric();

    [GeneratedRegex(
        "`((?:Listen|Store|Redis|Auth|Delegation|Jwt|Providers|Policies|Rules|Limits|Cache|Apps|Usage|Shutdown|Telemetry):[A-Za-z:]+)`"
    )]
    private static partial Regex QuotedSetting();

    [GeneratedRegex("Map(?:Get|PrometheusScrapingEndpoint)\\(\"([^\"]*)\"")]
    private static partial Regex Mapped();

    [GeneratedRegex("MapGroup\\(\"([^\"]*)\"")]
    private static partial Regex Group();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
