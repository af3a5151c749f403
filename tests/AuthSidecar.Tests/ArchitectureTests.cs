using System.Text.RegularExpressions;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests;

/// <summary>Which folder may use which: the table is the documentation.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> _mayUse = new()
    {
        // The vocabulary of a decision; a policy is a word of it.
        ["Pipeline"] = ["Endpoints", "Policies", "Timing", "Configuration", "Paths", "TokenFormats"],
        ["Endpoints"] = ["Paths"],
        ["Policies"] = ["Pipeline", "Credentials", "Endpoints", "Configuration", "Paths", "TokenFormats"],

        // The steps.
        ["Paths"] = [],
        ["Credentials"] = ["Pipeline", "Paths", "Configuration", "Endpoints"],
        ["Authentication"] = ["Pipeline", "Policies", "Keys", "RateLimiting", "Storage", "Changes", "Configuration", "Telemetry", "Timing", "Credentials", "TokenFormats"],
        ["RateLimiting"] = ["Pipeline", "Policies", "Keys", "Redis", "Configuration", "Telemetry", "Timing", "Changes"],
        ["Authorization"] = ["Endpoints", "Paths", "Pipeline", "Upstream"],
        ["Apps"] = ["Pipeline", "Storage", "Changes", "Configuration", "Telemetry"],
        ["Assertions"] = ["Pipeline", "Upstream", "Keys", "Storage", "Configuration", "Telemetry", "Policies"],
        ["Upstream"] = ["Pipeline", "Credentials", "Endpoints", "Paths"],
        ["SocketLeases"] = ["Pipeline", "Redis", "Configuration", "Telemetry", "Timing", "RateLimiting"],
        ["TokenFormats"] = ["Paths", "Configuration"],

        // What is kept, and what changes it.
        ["Storage"] = ["Configuration", "Pipeline"],
        ["Changes"] = ["Storage", "Pipeline", "Keys", "Redis", "Telemetry", "Timing"],
        ["Management"] = [],
        ["Keys"] = ["Management", "Users", "Storage", "Configuration", "Pipeline"],
        ["Users"] = ["Management", "Storage"],
        ["Tenancy"] = ["Management", "Users", "Storage"],
        ["Budgets"] = ["Endpoints", "Management", "Users", "Storage", "Changes", "Pipeline", "Redis", "Usage", "Configuration", "Telemetry", "Authorization", "Pricing", "Timing", "Authentication"],
        ["Pricing"] = ["Authorization", "Management", "Storage", "Changes", "Usage", "Endpoints"],
        ["Usage"] = ["Storage", "Configuration", "Telemetry", "Paths", "Pipeline", "TokenFormats"],
        ["Reports"] = ["Authentication", "Authorization", "Configuration", "Credentials", "Management", "Pipeline", "RateLimiting", "Storage"],
        ["Redis"] = ["Configuration", "Telemetry"],

        // The edges.
        ["ExtAuthz"] = ["Assertions", "Endpoints", "Pipeline", "Policies", "Credentials", "Authentication", "RateLimiting", "Authorization", "Upstream", "Apps", "Budgets", "Telemetry", "WebSockets", "SocketLeases", "Storage", "Usage", "Keys", "TokenFormats"],
        ["AccessLogs"] = ["SocketLeases", "Configuration", "Storage", "Telemetry", "Usage", "ExtAuthz", "Policies", "RateLimiting"],
        ["WebSockets"] = ["Pipeline", "Credentials", "Upstream", "Keys"],
        ["Relay"] = ["Pipeline", "Policies", "Paths", "Credentials", "Upstream", "Changes", "ExtAuthz", "WebSockets", "SocketLeases", "Storage", "Usage", "Configuration", "Telemetry", "Timing", "TokenFormats", "RateLimiting"],
        ["Companion"] = ["Authentication", "Authorization", "Budgets", "Configuration", "Credentials", "Pipeline", "RateLimiting", "Storage", "Telemetry", "Usage", "Policies"],
        ["Recording"] = ["Companion", "Pipeline", "Storage", "Telemetry", "Usage"],

        ["Observation"] = ["Configuration", "ExtAuthz", "Policies", "Storage", "Telemetry", "Usage", "Endpoints", "Pipeline"],

        // The process. Settings know every feature's options and nothing of what they do.
        ["Configuration"] = [],
        ["Telemetry"] = ["Configuration"],
        ["Hosting"] = ["Configuration", "Pipeline", "Authentication", "Changes", "Keys", "Storage", "ExtAuthz", "Redis", "Telemetry", "Budgets", "WebSockets", "Relay", "Credentials", "Policies"],
        ["Commands"] = ["Configuration", "Changes", "Hosting", "Keys", "Users", "Tenancy", "Budgets", "Pricing", "Management", "Redis", "Reports", "Storage", "Pipeline", "Telemetry", "Settings", "Composition"],
        ["Timing"] = [],
        ["Settings"] = ["Apps", "Authentication", "Changes", "Configuration", "Credentials", "Hosting", "Pipeline", "Policies", "RateLimiting", "Redis", "Storage", "Telemetry", "Usage", "Companion", "Relay", "TokenFormats"],
        ["Composition"] = ["Authentication", "Changes", "Configuration", "Hosting", "Keys", "Settings", "Storage", "AccessLogs", "Apps", "Assertions", "Budgets", "Companion", "ExtAuthz", "Observation", "Pricing", "RateLimiting", "Recording", "Redis", "Relay", "Reports", "SocketLeases", "Telemetry", "Usage", "WebSockets"],
        ["Demo"] = [],
    };

    private static readonly string _source = Path.Combine(Repository.Root, "src", "AuthSidecar");

    [Fact]
    public void EveryFolder_StandsInTheTable() =>
        Assert.Equal(
            _mayUse.Keys.Order(StringComparer.Ordinal),
            Directory.EnumerateDirectories(_source).Select(directory => Path.GetFileName(directory)).Where(name => name is not ("bin" or "obj")).Order(StringComparer.Ordinal));

    [Fact]
    public void EveryFolder_UsesOnlyWhatTheTableAllows()
    {
        var broken =
            from folder in _mayUse
            from file in Directory.EnumerateFiles(Path.Combine(_source, folder.Key), "*.cs", SearchOption.AllDirectories)
            from Match use in OwnNamespace().Matches(File.ReadAllText(file))
            let used = use.Groups[1].Value
            where used != folder.Key && _mayUse.ContainsKey(used) && !folder.Value.Contains(used)
            select $"{Path.GetRelativePath(_source, file)} uses {used}";

        Assert.Empty(broken.Distinct());
    }

    [Fact]
    public void TheTable_AllowsNothingThatIsNotUsed()
    {
        var unused =
            from folder in _mayUse
            let text = string.Concat(Directory.EnumerateFiles(Path.Combine(_source, folder.Key), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText))
            from allowed in folder.Value
            where !text.Contains($"AuthSidecar.{allowed};", StringComparison.Ordinal) && !text.Contains($"AuthSidecar.{allowed}.", StringComparison.Ordinal)
            select $"{folder.Key} does not use {allowed}";

        Assert.Empty(unused);
    }

    [Fact]
    public void NoFolder_UsesItself_OverOthers()
    {
        var uses = _mayUse.Keys.ToDictionary(folder => folder, Uses);
        var reached = uses.Keys.ToDictionary(folder => folder, folder => Reach(folder, uses));

        var cycles = reached.Where(folder => folder.Value.Contains(folder.Key))
            .Select(folder => string.Join(", ", folder.Value.Where(other => reached[other].Contains(folder.Key)).Order(StringComparer.Ordinal)));

        Assert.Empty(cycles.Distinct());
    }

    [Fact]
    public void OnlyTheProcessAndItsCommands_UseTheWholeOfTheSettings()
    {
        string[] allowed = ["Settings", "Composition", "Commands", "Demo"];

        Assert.Empty(_mayUse.Keys.Except(allowed).Where(folder => Uses(folder).Contains("Settings")));
    }

    private static HashSet<string> Uses(string folder) =>
        [.. Directory.EnumerateFiles(Path.Combine(_source, folder), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => OwnNamespace().Matches(File.ReadAllText(file)))
            .Select(use => use.Groups[1].Value)
            .Where(used => used != folder && _mayUse.ContainsKey(used))];

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

    [GeneratedRegex(@"(?:using|global::)\s*AuthSidecar\.(\w+)[;.]")]
    private static partial Regex OwnNamespace();
}
