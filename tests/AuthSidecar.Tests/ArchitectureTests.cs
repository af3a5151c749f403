using System.Text.RegularExpressions;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests;

/// <summary>Which folder may use which: the table is the documentation.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> _mayUse = new()
    {
        // Decisions
        ["Decisions/Routes"] = [],
        ["Decisions/Text"] = [],
        ["Decisions/Providers"] = ["Decisions/Routes", "Decisions/Text"],
        ["Decisions/Vocabulary"] = [],
        ["Decisions/Policies"] = ["Decisions/Providers", "Decisions/Routes", "Decisions/Text", "Decisions/Vocabulary"],
        ["Decisions/Pipeline"] = ["Decisions/Policies", "Decisions/Providers", "Decisions/Text", "Decisions/Vocabulary"],
        ["Decisions/Answers"] = ["Decisions/Pipeline", "Decisions/Policies", "Decisions/Vocabulary"],
        ["Decisions/Metadata"] = ["Decisions/Pipeline", "Decisions/Vocabulary", "Platform/Hashing", "Platform/Telemetry"],
        ["Decisions/Service"] =
        [
            "Decisions/Metadata",
            "Decisions/Pipeline",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Telemetry",
            "Usage/Reporting",
        ],
        ["Decisions/Steps"] =
        [
            "Decisions/Pipeline",
            "Access/Apps",
            "Access/Assertions",
            "Access/Authentication",
            "Access/Authorization",
            "Access/Credentials",
            "Access/ParallelLimits",
            "Access/Policies",
            "Access/RateLimiting",
            "Access/Requests",
            "Access/Upstream",
            "Usage/Budgets",
            "Usage/TokenLimits",
            "WebSockets/Leases",
        ],

        // Platform
        ["Platform/Configuration"] = ["Decisions/Text"],
        ["Platform/Storage"] = ["Decisions/Text", "Decisions/Vocabulary", "Platform/Configuration"],
        ["Platform/Hashing"] = ["Decisions/Text", "Platform/Storage"],
        ["Platform/Telemetry"] = ["Platform/Configuration"],
        ["Platform/Redis"] = ["Decisions/Text", "Platform/Configuration", "Platform/Telemetry"],
        ["Platform/Invalidation"] =
        [
            "Decisions/Pipeline",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Hashing",
            "Platform/Redis",
            "Platform/Storage",
            "Platform/Telemetry",
        ],
        ["Platform/Hosting"] =
        [
            "Decisions/Text",
            "Platform/Configuration",
            "Platform/Invalidation",
            "Platform/Redis",
            "Platform/Telemetry",
        ],

        // Access
        ["Access/Apps"] =
        [
            "Decisions/Pipeline",
            "Decisions/Policies",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Invalidation",
            "Platform/Storage",
            "Platform/Telemetry",
        ],
        ["Access/Authorization"] = ["Decisions/Pipeline", "Decisions/Providers", "Decisions/Text", "Decisions/Vocabulary"],
        ["Access/Credentials"] =
        [
            "Decisions/Pipeline",
            "Decisions/Policies",
            "Decisions/Providers",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Hashing",
        ],
        ["Access/Identities"] =
        [
            "Decisions/Pipeline",
            "Decisions/Policies",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Invalidation",
            "Platform/Storage",
            "Access/Authorization",
        ],
        ["Access/Policies"] =
        [
            "Decisions/Pipeline",
            "Decisions/Policies",
            "Decisions/Providers",
            "Decisions/Routes",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Access/Authorization",
            "Access/Credentials",
        ],
        ["Access/RateLimiting"] =
        [
            "Decisions/Pipeline",
            "Decisions/Policies",
            "Decisions/Providers",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Hashing",
            "Platform/Invalidation",
            "Platform/Redis",
            "Platform/Telemetry",
            "Access/Authorization",
        ],
        ["Access/ParallelLimits"] =
        [
            "Decisions/Pipeline",
            "Decisions/Policies",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Redis",
            "Platform/Telemetry",
            "Access/Authorization",
            "Access/RateLimiting",
        ],
        ["Access/Jwt"] =
        [
            "Decisions/Pipeline",
            "Decisions/Policies",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Hashing",
            "Platform/Invalidation",
            "Platform/Telemetry",
            "Access/Identities",
            "Access/RateLimiting",
        ],
        ["Access/Authentication"] =
        [
            "Decisions/Pipeline",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Hashing",
            "Platform/Invalidation",
            "Platform/Storage",
            "Platform/Telemetry",
            "Access/Credentials",
            "Access/Identities",
            "Access/Jwt",
            "Access/RateLimiting",
        ],
        ["Access/Companion"] =
        [
            "Decisions/Pipeline",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Storage",
            "Platform/Telemetry",
            "Access/Authentication",
            "Access/Authorization",
            "Access/Credentials",
            "Access/Identities",
            "Access/Jwt",
            "Access/Policies",
            "Access/RateLimiting",
            "Usage/Budgets",
            "Usage/Pipeline",
        ],
        ["Access/Requests"] = ["Decisions/Pipeline", "Decisions/Text", "Decisions/Vocabulary"],
        ["Access/Upstream"] =
        [
            "Decisions/Pipeline",
            "Decisions/Policies",
            "Decisions/Providers",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Access/Credentials",
        ],
        ["Access/Assertions"] =
        [
            "Decisions/Pipeline",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Hashing",
            "Platform/Storage",
            "Platform/Telemetry",
            "Access/Policies",
            "Access/Upstream",
        ],

        // Usage
        ["Usage/Pipeline"] = ["Decisions/Providers", "Decisions/Text", "Platform/Configuration", "Platform/Storage", "Platform/Telemetry"],
        ["Usage/Observation"] = ["Usage/Pipeline"],
        ["Usage/Pricing"] =
        [
            "Decisions/Providers",
            "Decisions/Text",
            "Platform/Invalidation",
            "Platform/Storage",
            "Access/Authorization",
            "Usage/Pipeline",
        ],
        ["Usage/Budgets"] =
        [
            "Decisions/Pipeline",
            "Decisions/Providers",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Invalidation",
            "Platform/Redis",
            "Platform/Storage",
            "Platform/Telemetry",
            "Access/Authorization",
            "Access/Jwt",
            "Usage/Pipeline",
            "Usage/Pricing",
        ],
        ["Usage/BudgetAlerts"] =
        [
            "Decisions/Text",
            "Platform/Configuration",
            "Platform/Storage",
            "Platform/Telemetry",
            "Access/Jwt",
            "Usage/Budgets",
            "Usage/Pipeline",
        ],
        ["Usage/TokenLimits"] =
        [
            "Decisions/Answers",
            "Decisions/Pipeline",
            "Decisions/Policies",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Redis",
            "Platform/Storage",
            "Platform/Telemetry",
            "Access/Authorization",
            "Access/RateLimiting",
            "Usage/Budgets",
            "Usage/Pipeline",
            "Usage/Pricing",
        ],
        ["Usage/Recording"] = ["Decisions/Vocabulary", "Platform/Storage", "Platform/Telemetry", "Access/Companion", "Usage/Pipeline"],
        ["Usage/Reporting"] =
        [
            "Decisions/Answers",
            "Decisions/Metadata",
            "Decisions/Pipeline",
            "Decisions/Policies",
            "Decisions/Providers",
            "Decisions/Vocabulary",
            "Platform/Storage",
            "Access/Authorization",
            "Usage/Pipeline",
        ],

        // WebSockets
        ["WebSockets/Closer"] =
        [
            "Decisions/Pipeline",
            "Decisions/Policies",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Hashing",
            "Access/Credentials",
            "Access/Upstream",
        ],
        ["WebSockets/Leases"] =
        [
            "Decisions/Pipeline",
            "Decisions/Policies",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Redis",
            "Platform/Telemetry",
            "Access/RateLimiting",
        ],
        ["WebSockets/Relay"] =
        [
            "Decisions/Pipeline",
            "Decisions/Policies",
            "Decisions/Service",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Invalidation",
            "Platform/Storage",
            "Platform/Telemetry",
            "Access/Credentials",
            "Access/ParallelLimits",
            "Access/Policies",
            "Access/RateLimiting",
            "Access/Upstream",
            "Usage/Pipeline",
            "WebSockets/Closer",
            "WebSockets/Leases",
        ],

        // Envoy
        ["Envoy/AccessLogs"] =
        [
            "Decisions/Metadata",
            "Platform/Configuration",
            "Platform/Storage",
            "Platform/Telemetry",
            "Access/ParallelLimits",
            "Access/Policies",
            "Access/RateLimiting",
            "Usage/Pipeline",
            "WebSockets/Leases",
        ],
        ["Envoy/Protobuf"] = [],
        ["Envoy/ExtAuthz"] =
        [
            "Decisions/Answers",
            "Decisions/Metadata",
            "Decisions/Pipeline",
            "Decisions/Service",
            "Decisions/Steps",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Hashing",
            "Platform/Hosting",
            "Platform/Telemetry",
            "Access/Credentials",
            "Access/Upstream",
            "Usage/Reporting",
            "WebSockets/Closer",
            "Envoy/Protobuf",
        ],
        ["Envoy/ExtProc"] =
        [
            "Decisions/Metadata",
            "Decisions/Policies",
            "Decisions/Providers",
            "Platform/Configuration",
            "Platform/Storage",
            "Platform/Telemetry",
            "Access/Policies",
            "Usage/Observation",
            "Usage/Pipeline",
            "Envoy/Protobuf",
        ],

        // Administration
        ["Administration/Shared"] = ["Decisions/Policies", "Decisions/Vocabulary", "Platform/Hashing", "Platform/Storage"],
        ["Administration/Audit"] = ["Platform/Storage", "Administration/Shared"],
        ["Administration/Client"] = ["Platform/Telemetry", "Administration/Shared"],
        ["Administration/Pricing"] = ["Decisions/Text", "Platform/Storage", "Administration/Shared"],
        ["Administration/Users"] = ["Platform/Storage", "Administration/Shared"],
        ["Administration/Accounts"] =
        [
            "Decisions/Policies",
            "Decisions/Text",
            "Platform/Storage",
            "Platform/Telemetry",
            "Access/RateLimiting",
            "Administration/Audit",
            "Administration/Shared",
            "Administration/Users",
        ],
        ["Administration/Budgets"] = ["Decisions/Vocabulary", "Platform/Storage", "Administration/Shared", "Administration/Users"],
        ["Administration/Keys"] =
        [
            "Decisions/Pipeline",
            "Decisions/Policies",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Hashing",
            "Platform/Storage",
            "Platform/Telemetry",
            "Access/Authorization",
            "Access/Policies",
            "Access/RateLimiting",
            "Administration/Shared",
            "Administration/Users",
        ],
        ["Administration/Reports"] =
        [
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Storage",
            "Access/Authentication",
            "Access/Identities",
            "Usage/Pipeline",
            "Usage/Pricing",
            "Administration/Keys",
            "Administration/Shared",
        ],
        ["Administration/Tenancy"] = ["Platform/Storage", "Administration/Shared", "Administration/Users"],
        ["Administration/Web"] =
        [
            "Decisions/Pipeline",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Hashing",
            "Platform/Hosting",
            "Platform/Storage",
            "Access/Authentication",
            "Access/Authorization",
            "Access/Credentials",
            "Access/Identities",
            "Access/RateLimiting",
            "Administration/Accounts",
            "Administration/Keys",
            "Administration/Shared",
        ],
        ["Administration/Devices"] =
        [
            "Decisions/Policies",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Hashing",
            "Platform/Storage",
            "Platform/Telemetry",
            "Access/Authorization",
            "Access/Identities",
            "Access/RateLimiting",
            "Administration/Keys",
            "Administration/Shared",
            "Administration/Web",
        ],
        ["Administration/Providers"] =
        [
            "Decisions/Text",
            "Platform/Configuration",
            "Platform/Storage",
            "Administration/Accounts",
            "Administration/Shared",
            "Administration/Users",
            "Administration/Web",
        ],
        ["Administration/ExternalApproval"] =
        [
            "Decisions/Vocabulary",
            "Platform/Storage",
            "Administration/Accounts",
            "Administration/Devices",
            "Administration/Keys",
            "Administration/Providers",
            "Administration/Shared",
            "Administration/Web",
        ],
        ["Administration/Rest"] =
        [
            "Decisions/Pipeline",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Hashing",
            "Platform/Storage",
            "Access/Authentication",
            "Access/Authorization",
            "Access/Credentials",
            "Access/Identities",
            "Access/Policies",
            "Access/RateLimiting",
            "Administration/Accounts",
            "Administration/Audit",
            "Administration/Budgets",
            "Administration/Devices",
            "Administration/Keys",
            "Administration/Pricing",
            "Administration/Reports",
            "Administration/Shared",
            "Administration/Tenancy",
            "Administration/Users",
            "Administration/Web",
        ],
        ["Administration/OAuth"] =
        [
            "Decisions/Pipeline",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Hashing",
            "Platform/Storage",
            "Access/Authentication",
            "Access/Authorization",
            "Access/Companion",
            "Access/Credentials",
            "Access/Identities",
            "Administration/Devices",
            "Administration/ExternalApproval",
            "Administration/Keys",
            "Administration/Providers",
            "Administration/Rest",
            "Administration/Shared",
            "Administration/Tenancy",
            "Administration/Web",
        ],
        ["Administration/Pages"] =
        [
            "Decisions/Pipeline",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Storage",
            "Access/Authorization",
            "Access/Identities",
            "Administration/Accounts",
            "Administration/Audit",
            "Administration/Budgets",
            "Administration/Devices",
            "Administration/ExternalApproval",
            "Administration/Keys",
            "Administration/Pricing",
            "Administration/Providers",
            "Administration/Reports",
            "Administration/Rest",
            "Administration/Shared",
            "Administration/Tenancy",
            "Administration/Users",
            "Administration/Web",
        ],
        ["Administration/Settings"] =
        [
            "Decisions/Policies",
            "Decisions/Providers",
            "Decisions/Text",
            "Platform/Configuration",
            "Platform/Hosting",
            "Platform/Invalidation",
            "Platform/Redis",
            "Platform/Storage",
            "Platform/Telemetry",
            "Access/Apps",
            "Access/Authentication",
            "Access/Companion",
            "Access/Credentials",
            "Access/Jwt",
            "Access/Policies",
            "Access/RateLimiting",
            "Usage/BudgetAlerts",
            "Usage/Pipeline",
            "WebSockets/Relay",
            "Administration/Devices",
            "Administration/Providers",
            "Administration/Web",
        ],
        ["Administration/Composition"] =
        [
            "Decisions/Policies",
            "Decisions/Pipeline",
            "Decisions/Service",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Hashing",
            "Platform/Hosting",
            "Platform/Invalidation",
            "Platform/Redis",
            "Platform/Storage",
            "Platform/Telemetry",
            "Access/Apps",
            "Access/Assertions",
            "Access/Authentication",
            "Access/Companion",
            "Access/Identities",
            "Access/Jwt",
            "Access/ParallelLimits",
            "Access/RateLimiting",
            "Usage/BudgetAlerts",
            "Usage/Budgets",
            "Usage/Pipeline",
            "Usage/Pricing",
            "Usage/Recording",
            "Usage/TokenLimits",
            "WebSockets/Closer",
            "WebSockets/Leases",
            "WebSockets/Relay",
            "Envoy/AccessLogs",
            "Envoy/ExtAuthz",
            "Envoy/ExtProc",
            "Administration/Accounts",
            "Administration/Devices",
            "Administration/ExternalApproval",
            "Administration/Keys",
            "Administration/OAuth",
            "Administration/Pages",
            "Administration/Providers",
            "Administration/Reports",
            "Administration/Rest",
            "Administration/Settings",
            "Administration/Web",
        ],
        ["Administration/Commands"] =
        [
            "Decisions/Pipeline",
            "Decisions/Text",
            "Decisions/Vocabulary",
            "Platform/Configuration",
            "Platform/Hashing",
            "Platform/Hosting",
            "Platform/Invalidation",
            "Platform/Redis",
            "Platform/Storage",
            "Platform/Telemetry",
            "Usage/Budgets",
            "Administration/Accounts",
            "Administration/Audit",
            "Administration/Budgets",
            "Administration/Client",
            "Administration/Composition",
            "Administration/Keys",
            "Administration/Pricing",
            "Administration/Providers",
            "Administration/Reports",
            "Administration/Settings",
            "Administration/Shared",
            "Administration/Tenancy",
            "Administration/Users",
        ],
    };

    // The vocabulary of decisions, which uses no folder of another wing.
    private static readonly string[] _vocabulary =
    [
        "Decisions/Routes",
        "Decisions/Text",
        "Decisions/Providers",
        "Decisions/Vocabulary",
        "Decisions/Policies",
        "Decisions/Pipeline",
    ];

    private static readonly string _source = Path.Combine(Repository.Root, "src", "AuthSidecar");

    [Fact]
    public void Wings_AreSeven_EachWithAReadme() =>
        Assert.Equal(
            ["Access", "Administration", "Decisions", "Envoy", "Platform", "Usage", "WebSockets"],
            Wings().Where(wing => File.Exists(Path.Combine(_source, wing, "README.md")))
        );

    [Fact]
    public void EveryFolder_IsInTheTable() =>
        Assert.Equal(_mayUse.Keys.Order(StringComparer.Ordinal), Folders().Order(StringComparer.Ordinal));

    /// <summary>Types in a wing's own folder would be visible to its subfolders without a using directive.</summary>
    [Fact]
    public void Wings_HoldFoldersOnly() =>
        Assert.Empty(Wings().SelectMany(wing => Directory.EnumerateFiles(Path.Combine(_source, wing), "*.cs")));

    [Fact]
    public void EveryFolder_UsesExactlyTheListedFolders() =>
        Assert.Empty(from folder in Folders() from difference in Differences(folder) select difference);

    [Fact]
    public void Folders_FormNoCycle()
    {
        var uses = Folders().ToDictionary(folder => folder, Uses);
        var reached = uses.Keys.ToDictionary(folder => folder, folder => Reach(folder, uses));

        var cycles = reached
            .Where(folder => folder.Value.Contains(folder.Key))
            .Select(folder =>
                string.Join(", ", folder.Value.Where(other => reached[other].Contains(folder.Key)).Order(StringComparer.Ordinal))
            );

        Assert.Empty(cycles.Distinct());
    }

    [Fact]
    public void TheVocabulary_UsesNoOtherWing() =>
        Assert.Empty(
            _vocabulary.SelectMany(folder => Uses(folder).Where(used => !used.StartsWith("Decisions/", StringComparison.Ordinal)))
        );

    [Fact]
    public void ThePlatform_UsesOnlyTheVocabulary() =>
        Assert.Empty(
            from folder in Folders()
            where folder.StartsWith("Platform/", StringComparison.Ordinal)
            from used in Uses(folder)
            where !used.StartsWith("Platform/", StringComparison.Ordinal) && !_vocabulary.Contains(used)
            select $"{folder} uses {used}"
        );

    [Fact]
    public void OnlyTheComposition_UsesEnvoyOrAdministration() =>
        Assert.Empty(
            from folder in Folders()
            from used in Uses(folder)
            where Wing(used) is "Envoy" or "Administration" && Wing(folder) != Wing(used) && folder != "Administration/Composition"
            select $"{folder} uses {used}"
        );

    /// <summary>A feature reads its own section; only the code that builds or prints the complete settings reads all of them.</summary>
    [Fact]
    public void OnlyTheProcessAndItsCommands_UseTheWholeOfTheSettings()
    {
        string[] allowed = ["Administration/Composition", "Administration/Commands"];

        Assert.Equal(
            allowed.Order(StringComparer.Ordinal),
            Folders().Where(folder => Uses(folder).Contains("Administration/Settings")).Order(StringComparer.Ordinal)
        );
    }

    private static IEnumerable<string> Wings() =>
        Directory
            .EnumerateDirectories(_source)
            .Select(directory => Path.GetFileName(directory))
            .Where(name => name is not ("bin" or "obj"))
            .Order(StringComparer.Ordinal);

    private static IEnumerable<string> Folders() =>
        Wings()
            .SelectMany(wing =>
                Directory.EnumerateDirectories(Path.Combine(_source, wing)).Select(directory => $"{wing}/{Path.GetFileName(directory)}")
            );

    private static string Wing(string folder) => folder[..folder.IndexOf('/', StringComparison.Ordinal)];

    private static IEnumerable<string> Differences(string folder)
    {
        var uses = Uses(folder);
        var allowed = _mayUse.GetValueOrDefault(folder, []);
        return uses.Except(allowed)
            .Select(used => $"{folder} uses {used}")
            .Concat(allowed.Except(uses).Select(unused => $"{folder} does not use {unused}"));
    }

    private static HashSet<string> Uses(string folder) =>
        [
            .. Directory
                .EnumerateFiles(Path.Combine(_source, folder), "*.cs", SearchOption.AllDirectories)
                .SelectMany(file => OwnNamespace().Matches(File.ReadAllText(file)))
                .Select(use => $"{use.Groups[1].Value}/{use.Groups[2].Value}")
                .Where(used => used != folder && Directory.Exists(Path.Combine(_source, used))),
        ];

    private static HashSet<string> Reach(string folder, Dictionary<string, HashSet<string>> uses)
    {
        var reached = new HashSet<string>();
        var next = new Queue<string>(uses[folder]);
        while (next.TryDequeue(out var used))
        {
            if (reached.Add(used))
            {
                uses[used].ToList().ForEach(next.Enqueue);
            }
        }

        return reached;
    }

    [GeneratedRegex(@"(?:using(?: static)?|using \w+ =|global::)\s*AuthSidecar\.(\w+)\.(\w+)")]
    private static partial Regex OwnNamespace();
}
