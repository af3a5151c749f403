using System.Text.Json;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Corpus;

namespace AuthSidecar.Tests.Documents;

/// <summary>Requests that a guide shows are cases of the corpus, so that all three transports send them.</summary>
public sealed class GuideCaseTests
{
    [Theory]
    [InlineData("byok.md", "byok-request", "byok")]
    [InlineData("delegation.md", "delegated-request", "delegation")]
    public void RequestOfAGuide_IsACase(string page, string block, string name)
    {
        var one = CorpusFiles.Case($"guides/examples: {name}");
        var lines = one.Headers.Select(header =>
            $"{header[0]}: "
            + header[1]
                .Replace("{key.good}", "ask_…", StringComparison.Ordinal)
                .Replace("{key.good.id}", "01…", StringComparison.Ordinal)
                .Replace("{gateway.key}", "…", StringComparison.Ordinal)
        );

        Assert.Equal([$"{one.Method} {one.Target}", .. lines], Lines(page, block));
    }

    [Fact]
    public void UpstreamsHeadersOfByok_AreTheCases() =>
        Assert.Equal(
            CorpusFiles
                .Case("guides/examples: byok")
                .Upstream!.Headers!.Where(header => header.Value.ValueKind == JsonValueKind.String)
                .Select(header => $"{header.Key}: {header.Value}"),
            Lines("byok.md", "byok-upstream")
        );

    /// <summary>Each case compares the identity headers at the upstream with its caller.</summary>
    [Fact]
    public void UpstreamsHeadersOfDelegation_AreTheCallers()
    {
        var caller = CorpusFiles.Case("guides/examples: delegation").Caller!;

        Assert.Equal(
            [
                "x-authsidecar-caller-delegated: true",
                $"x-authsidecar-caller-source: {caller.Source}",
                $"x-authsidecar-caller-workspace-id: {caller.Workspace}",
            ],
            Lines("delegation.md", "delegated-upstream")
        );
    }

    private static string[] Lines(string page, string block) =>
        new Readme("docs", "guides", page).Blocks()[block].Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
