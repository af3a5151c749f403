using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Documents;

/// <summary>
/// Every fenced block of the manual has a name and a test. Blocks of commands and settings are executed by
/// <see cref="DocumentCommandsTests"/> and <see cref="DocumentSettingsTests"/> as they come; the others are in this table.
/// </summary>
public sealed class DocumentBlocksTests
{
    private const string Drawing = "";

    /// <summary>The test class that executes a block, or compares it with something that was executed.</summary>
    private static readonly Dictionary<string, string> _tests = new()
    {
        ["README.md picture"] = Drawing,
        ["README.md try"] = nameof(ReadmeTests),
        ["README.md demo-excerpt"] = "ReadmeDemoTests",
        ["README.md build"] = nameof(ReadmeTests),
        ["README.md tests"] = nameof(ReadmeTests),
        ["CONTRIBUTING.md build"] = nameof(ReadmeTests),
        ["CONTRIBUTING.md test"] = nameof(ReadmeTests),
        ["docs/architecture.md "] = Drawing,
        ["docs/architecture.md usage-pipeline"] = Drawing,
        ["docs/getting-started.md demo-command"] = nameof(ReadmeTests),
        ["docs/getting-started.md demo"] = "ReadmeDemoTests",
        ["docs/getting-started.md publish"] = "PublishTests",
        ["docs/guides/apps-and-tenants.md acl"] = "AclClientTests",
        ["docs/guides/byok.md byok-request"] = nameof(GuideCaseTests),
        ["docs/guides/byok.md byok-upstream"] = nameof(GuideCaseTests),
        ["docs/guides/clients.md openai-sdk"] = "ClientGuideTests",
        ["docs/guides/clients.md anthropic-sdk"] = "ClientGuideTests",
        ["docs/guides/clients.md claude-code"] = "ClientGuideTests",
        ["docs/guides/clients.md codex"] = "ClientGuideTests",
        ["docs/guides/clients.md aider"] = "ClientGuideTests",
        ["docs/guides/clients.md continue"] = "ClientGuideTests",
        ["docs/guides/delegation.md delegated-request"] = nameof(GuideCaseTests),
        ["docs/guides/delegation.md delegated-upstream"] = nameof(GuideCaseTests),
        ["docs/guides/devices.md device-walk"] = "DeviceClientTests",
        ["docs/guides/login-command.md login-shown"] = "LoginCommandTests",
        ["docs/guides/replicas.md redis-acl"] = "RedisTlsTests",
        ["docs/guides/usage-and-budgets.md price"] = nameof(DocumentCommandsTests),
        ["docs/guides/websockets.md ws-browser-subprotocol"] = "ReadmeSnippetTests",
        ["docs/guides/websockets.md ws-browser-query"] = "ReadmeSnippetTests",
        ["docs/guides/websockets.md ws-browser-first-message"] = "ReadmeSnippetTests",
        ["docs/guides/websockets.md ws-node"] = "ReadmeSnippetTests",
        ["docs/guides/websockets.md ws-reconnect"] = "ReadmeSnippetTests",
        ["docs/operations/deploy.md compose"] = nameof(ReadmeTests),
        ["docs/operations/tls.md tls-transport-socket"] = "TlsGuideTests",
        ["docs/reference/rest.md rest"] = "UsageApiTests",
    };

    [Fact]
    public void EveryBlock_HasATest()
    {
        var executed = DocumentCommandsTests.Blocks.Concat(DocumentSettingsTests.Blocks).Select(row => $"{row[0]} {row[1]}").ToList();

        Assert.Equal(
            _tests.Keys.Concat(executed).Order(StringComparer.Ordinal),
            Manual.Pages.SelectMany(page => page.Fences().Select(fence => $"{page.Name} {fence.Name}")).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void NamedTests_ReadTheirBlocks()
    {
        var sources = Directory
            .EnumerateFiles(Repository.File("tests"), "*Tests.cs", SearchOption.AllDirectories)
            .ToLookup(path => Path.GetFileNameWithoutExtension(path));

        Assert.All(_tests.Where(row => row.Value != Drawing), row =>
        {
            var name = row.Key.Split(' ')[1];
            var source = File.ReadAllText(Assert.Single(sources[row.Value]));
            Assert.True(
                source.Contains($"\"{name}\"", StringComparison.Ordinal) || source.Contains($" {name}\\n", StringComparison.Ordinal),
                $"{row.Value} does not read {row.Key}."
            );
        });
    }
}
