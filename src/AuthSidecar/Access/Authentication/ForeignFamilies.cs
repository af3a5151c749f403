using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Authentication;

/// <summary>
/// Recognizes credentials of other systems by their form, so that the denial names the kind of credential that the client sent. Independent
/// of stored keys.
/// </summary>
internal static class ForeignFamilies
{
    private static readonly (string Prefix, Denial Refusal)[] _families =
    [
        ("sk-ant-", Refusal("an Anthropic API key")),
        ("sk-", Refusal("an OpenAI or LiteLLM API key")),
        ("AIza", Refusal("a Google API key")),
        ("ghp_", Refusal("a GitHub token")),
        ("gho_", Refusal("a GitHub token")),
        ("ghu_", Refusal("a GitHub token")),
        ("ghs_", Refusal("a GitHub token")),
        ("github_pat_", Refusal("a GitHub token")),
        ("dfoa_", Refusal("a dify token")),
        ("dfoe_", Refusal("a dify token")),
        ("dfp_", Refusal("a dify token")),
        ("app-", Refusal("a dify app key")),
        ("omi_", Refusal("an omi key")),
        ("pk_", Refusal("a key of another proxy, of which none were imported")),
        ("eyJ", Refusal("a JSON Web Token of no issuer that is configured")),
    ];

    /// <summary>The denial of a credential of no accepted family.</summary>
    public static Denial Refuse(string? token)
    {
        foreach (var (prefix, refusal) in _families)
        {
            if (token?.StartsWith(prefix, StringComparison.Ordinal) == true)
            {
                return refusal;
            }
        }

        return Denials.InvalidToken;
    }

    private static Denial Refusal(string family) =>
        Denials.InvalidToken with
        {
            Message = $"The credential has the form of {family}, which is not accepted here; send a key of this gateway.",
        };
}
