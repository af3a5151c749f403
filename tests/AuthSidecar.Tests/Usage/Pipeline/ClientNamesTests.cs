using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Tests.Usage.Pipeline;

public sealed class ClientNamesTests
{
    [Theory]
    [InlineData("mux/1.0", null, null, "mux")]
    [InlineData("claude-cli/2.0.1 (external, cli)", null, null, "claude")]
    [InlineData("Claude-Code/1", null, null, "claude")]
    [InlineData("codex_cli_rs/0.40.0 (Linux)", null, null, "codex")]
    [InlineData("Zed/0.200", null, null, "zed")]
    [InlineData("GitHubCopilotChat/0.31", null, null, "copilot-chat")]
    [InlineData("copilot/0.0.330", null, null, "copilot")]
    [InlineData("Kilo-Code/4", null, null, "kilo-code")]
    [InlineData("Roo-Code/3", null, null, "roo-code")]
    [InlineData("coder-agents/1", null, null, "coder-agents")]
    [InlineData("Charm Crush/0.7", null, null, "crush")]
    [InlineData("OpenAI/JS 5.0", "kilo-code", null, "kilo-code")]
    [InlineData("OpenAI/JS 5.0", "roo-code", null, "roo-code")]
    [InlineData(null, "codex_vscode", null, "codex")]
    [InlineData("OpenAI/JS 5.0", null, "1.7", "cursor")]
    [InlineData("claude/1", "roo-code", "1.7", "claude")]
    [InlineData("OpenAI/JS 5.0", "somebody", "", null)]
    [InlineData("zedd/1", null, null, null)]
    [InlineData("", "", "", null)]
    [InlineData(null, null, null, null)]
    public void Name_IsThatOfTheProgram(string? agent, string? originator, string? cursorVersion, string? expected) =>
        Assert.Equal(expected, ClientNames.Of(agent, originator, cursorVersion));
}
