using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Authentication;

/// <summary>
/// Recognizes credentials of other systems by their form, so that the denial names the kind of credential that the client sent. Independent
/// of stored keys.
/// </summary>
internal static class ForeignFamilies
{
    private static readonly (string Prefix, Denial Denial)[] _families =
    [
        ("sk-ant-", DenialOf("an Anthropic API key")),
        ("sk-", DenialOf("an OpenAI or LiteLLM API key")),
        ("AIza", DenialOf("a Google API key")),
        ("ghp_", DenialOf("a GitHub token")),
        ("gho_", DenialOf("a GitHub token")),
        ("ghu_", DenialOf("a GitHub token")),
        ("ghs_", DenialOf("a GitHub token")),
        ("github_pat_", DenialOf("a GitHub token")),
        ("dfoa_", DenialOf("a dify token")),
        ("dfoe_", DenialOf("a dify token")),
        ("dfp_", DenialOf("a dify token")),
        ("app-", DenialOf("a dify app key")),
        ("omi_", DenialOf("an omi key")),
        ("pk_", DenialOf("a key of another proxy, of which none were imported")),
        ("eyJ", DenialOf("a JSON Web Token of no issuer that is configured")),
    ];

    /// <summary>The denial of a credential of no accepted family.</summary>
    public static Denial DenialFor(string? token)
    {
        foreach (var (prefix, denial) in _families)
        {
            if (token?.StartsWith(prefix, StringComparison.Ordinal) == true)
            {
                return denial;
            }
        }

        return Denials.InvalidToken;
    }

    private static Denial DenialOf(string family) =>
        Denials.InvalidToken with
        {
            Message = $"The credential has the form of {family}, which is not accepted here; send a key of this gateway.",
        };
}
