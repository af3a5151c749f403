using System.Diagnostics;
using System.Text.RegularExpressions;
using AuthSidecar.IntegrationTests.Deployment;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Sdks;

/// <summary>The settings of docs/guides/clients.md reach the provider's path under the right policy, through the shipped Envoy.</summary>
public sealed partial class ClientGuideTests
{
    private const string Gateway = "https://llm.example.com";
    private const string Key = "ask_…";
    private const string TestKey = "ask_0123456789_abcdefghijklmnop";

    private static readonly Readme _page = new("docs", "guides", "clients.md");

    [RequiresTheory("envoy", "node")]
    [InlineData("openai-sdk", "openai", "/v1/chat/completions")]
    [InlineData("anthropic-sdk", "anthropic", "/v1/messages")]
    [InlineData("claude-code", "anthropic", "/v1/messages")]
    public async Task Sdk_WithTheVariablesOfThePage_ReachesTheProvidersPath(string block, string policy, string path)
    {
        await using var servers = await ShippedServers.StartAsync(EnvoyRelease.Newest);
        servers.Sidecar.Answer = (_, _) => Answers.Allow();
        var start = new ProcessStartInfo("node", [Path.Combine(NodePackages.Integration.Directory, "sdk-base-url.js"), policy]);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ANTHROPIC_") || name.StartsWith("OPENAI_")).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var variable in Variable().Matches(Block(block, servers.Port)).Select(match => match.Groups))
        {
            start.Environment[variable["name"].Value] = variable["value"].Value;
        }

        using var node = Process.Start(start)!;
        await node.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(0, node.ExitCode);
        var check = servers.Sidecar.Requests.Single().Attributes;
        Assert.Equal(policy, check.ContextExtensions["policy"]);
        var sent = check.Request.Http.HeaderMap.Headers.Single(header => header.Key == "authorization");
        Assert.Equal($"Bearer {TestKey}", sent.RawValue.ToStringUtf8());
        Assert.Equal(path, servers.Upstream.Requests.Single().Target);
    }

    [RequiresTheory("envoy")]
    [InlineData("codex", "/responses", "/v1/responses")]
    [InlineData("aider", "/chat/completions", "/v1/chat/completions")]
    [InlineData("continue", "chat/completions", "/v1/chat/completions")]
    public async Task BaseUrlOfATool_WithTheToolsPath_ReachesTheProvidersPath(string block, string path, string upstream)
    {
        await using var servers = await ShippedServers.StartAsync(EnvoyRelease.Newest);
        servers.Sidecar.Answer = (_, _) => Answers.Allow();
        var address = new Uri(Address().Match(Block(block, servers.Port)).Value + path);

        var answer = await RawHttp.SendAsync(servers.Port, "POST " + address.PathAndQuery, ["content-length: 0"]);

        Assert.Equal(200, answer.Status);
        Assert.Equal("openai", servers.Sidecar.Requests.Single().Attributes.ContextExtensions["policy"]);
        Assert.Equal(upstream, servers.Upstream.Requests.Single().Target);
    }

    private static string Block(string name, int port) =>
        _page
            .Blocks()[name]
            .Replace(Gateway, $"http://127.0.0.1:{port}", StringComparison.Ordinal)
            .Replace(Key, TestKey, StringComparison.Ordinal);

    [GeneratedRegex(@"^export (?<name>\w+)=(?<value>\S+)$", RegexOptions.Multiline)]
    private static partial Regex Variable();

    [GeneratedRegex(@"http://[^\s""]+")]
    private static partial Regex Address();
}
