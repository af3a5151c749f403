namespace AuthSidecar.Usage.Pipeline;

/// <summary>Guesses the client program from its headers: for reports, never for decisions.</summary>
internal static class ClientNames
{
    private const string KiloCode = "kilo-code";
    private const string RooCode = "roo-code";

    private static readonly (string Start, string Name)[] _agents =
    [
        ("mux/", "mux"),
        ("claude", "claude"),
        ("codex", "codex"),
        ("zed/", "zed"),
        ("githubcopilotchat/", "copilot-chat"),
        ("copilot/", "copilot"),
        ("kilo-code/", KiloCode),
        ("roo-code/", RooCode),
        ("coder-agents/", "coder-agents"),
        ("charm crush/", "crush"),
    ];

    /// <param name="agent"><c>User-Agent</c>, or null.</param>
    /// <param name="originator">The header of that name, or null.</param>
    /// <param name="cursorVersion"><c>X-Cursor-Client-Version</c>, or null.</param>
    /// <returns>One of a dozen names; null: unknown.</returns>
    public static string? Of(string? agent, string? originator = null, string? cursorVersion = null)
    {
        if (agent is not null)
        {
            foreach (var (start, name) in _agents)
            {
                if (agent.StartsWith(start, StringComparison.OrdinalIgnoreCase))
                {
                    return name;
                }
            }
        }

        return originator switch
        {
            KiloCode => KiloCode,
            RooCode => RooCode,
            not null when originator.StartsWith("codex", StringComparison.OrdinalIgnoreCase) => "codex",
            _ => string.IsNullOrEmpty(cursorVersion) ? null : "cursor",
        };
    }
}
