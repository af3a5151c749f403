using System.Text.RegularExpressions;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests;

/// <summary>Which folder may use which: the table is the documentation.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> _mayUse = new()
    {
        // The vocabulary of a decision; a policy is a word of it.
        ["Pipeline"] = ["Endpoints", "Policies", "Timing"],
        ["Endpoints"] = ["Pipeline", "Paths", "Policies", "Upstream"],
        ["Policies"] = ["Pipeline", "Credentials", "Endpoints", "Upstream", "Configuration"],

        // The steps.
        ["Paths"] = ["Pipeline"],
        ["Credentials"] = ["Pipeline", "Policies", "Paths", "Keys", "Upstream", "Configuration"],
        ["Authentication"] = ["Pipeline", "Policies", "Keys", "RateLimiting", "Storage", "Changes", "Configuration", "Telemetry", "Timing", "Credentials"],
        ["RateLimiting"] = ["Pipeline", "Policies", "Keys", "Redis", "Configuration", "Telemetry", "Timing"],
        ["Authorization"] = ["Endpoints", "Paths", "Pipeline", "Upstream"],
        ["Apps"] = ["Pipeline", "Policies", "Storage", "Changes", "Configuration", "Telemetry"],
        ["Assertions"] = ["Pipeline", "Upstream", "Keys", "Storage", "Configuration", "Telemetry"],
        ["Upstream"] = ["Pipeline", "Credentials", "Endpoints", "Paths", "Configuration"],
        ["SocketLeases"] = ["Pipeline", "Policies", "Redis", "Configuration", "Telemetry", "Timing"],

        // What is kept, and what changes it.
        ["Storage"] = ["Configuration", "Pipeline"],
        ["Changes"] = ["Storage", "Pipeline", "Keys", "Redis", "Telemetry", "Timing"],
        ["Management"] = [],
        ["Keys"] = ["Management", "Users", "Storage", "Configuration", "Pipeline"],
        ["Users"] = ["Management", "Storage"],
        ["Tenancy"] = ["Management", "Users", "Storage"],
        ["Budgets"] = ["Endpoints", "Management", "Users", "Storage", "Changes", "Pipeline", "Redis", "Usage", "Configuration", "Telemetry", "Authorization", "Pricing", "Timing"],
        ["Pricing"] = ["Authorization", "Management", "Storage", "Changes", "Usage", "Upstream"],
        ["Usage"] = ["Storage", "Configuration", "Telemetry", "Paths"],
        ["Reports"] = ["Authentication", "Authorization", "Configuration", "Credentials", "Management", "Pipeline", "RateLimiting", "Storage"],
        ["Redis"] = ["Configuration", "Telemetry"],

        // The edges.
        ["ExtAuthz"] = ["Assertions", "Endpoints", "Pipeline", "Policies", "Paths", "Credentials", "Authentication", "RateLimiting", "Authorization", "Upstream", "Apps", "Budgets", "Telemetry", "WebSockets", "SocketLeases", "Storage", "Usage", "Keys"],
        ["AccessLogs"] = ["SocketLeases", "Configuration", "Storage", "Telemetry", "Usage", "ExtAuthz"],
        ["WebSockets"] = ["Pipeline", "Policies", "Credentials", "Upstream", "Keys"],
        ["Relay"] = ["Pipeline", "Policies", "Paths", "Credentials", "Upstream", "Keys", "Changes", "ExtAuthz", "WebSockets", "SocketLeases", "Storage", "Usage", "Configuration", "Telemetry", "Timing"],
        ["Companion"] = ["Authentication", "Authorization", "Budgets", "Configuration", "Credentials", "Pipeline", "RateLimiting", "Storage", "Telemetry", "Usage"],
        ["Recording"] = ["Companion", "Configuration", "Pipeline", "Storage", "Telemetry", "Usage"],

        ["Observation"] = ["Configuration", "ExtAuthz", "Policies", "Storage", "Telemetry", "Upstream", "Usage"],

        // The process. Settings know every feature's options and nothing of what they do.
        ["Configuration"] = ["Authentication", "Changes", "Credentials", "Endpoints", "Hosting", "Policies", "Redis", "Storage", "Telemetry", "Upstream", "Usage"],
        ["Telemetry"] = [],
        ["Hosting"] = ["Assertions", "Configuration", "Pipeline", "Authentication", "Changes", "Keys", "RateLimiting", "Storage", "ExtAuthz", "Companion", "Redis", "Telemetry", "Apps", "Budgets", "WebSockets", "SocketLeases", "AccessLogs", "Relay", "Reports", "Usage", "Observation", "Recording", "Pricing", "Credentials"],
        ["Commands"] = ["Configuration", "Changes", "Hosting", "Keys", "Users", "Tenancy", "Budgets", "Pricing", "Management", "Redis", "Reports", "Storage", "Pipeline", "Telemetry"],
        ["Timing"] = [],
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

    [GeneratedRegex(@"(?:using|global::)\s*AuthSidecar\.(\w+)[;.]")]
    private static partial Regex OwnNamespace();
}
