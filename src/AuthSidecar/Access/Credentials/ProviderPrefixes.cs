using AuthSidecar.Decisions.Providers;

namespace AuthSidecar.Access.Credentials;

/// <summary>Prefixes of provider credentials; a recognized one may only go to its own provider.</summary>
internal static class ProviderPrefixes
{
    private static readonly (string Prefix, Dialect Owner)[] _known =
    [
        ("sk-ant-", Dialect.Anthropic),
        ("sk-proj-", Dialect.Openai),
        ("sk-svcacct-", Dialect.Openai),
        ("AIza", Dialect.Gemini),
        ("ghu_", Dialect.Copilot),
        ("gho_", Dialect.Copilot),
        ("ghp_", Dialect.Copilot),
        ("ghs_", Dialect.Copilot),
        ("github_pat_", Dialect.Copilot),
    ];

    /// <summary>True for a credential of a provider that is recognized by its prefix.</summary>
    public static bool IsKnown(ReadOnlySpan<char> credential)
    {
        foreach (var (prefix, _) in _known)
        {
            if (credential.StartsWith(prefix, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>False when the credential, with or without a scheme, is recognized as another provider's.</summary>
    public static bool MayGoTo(Dialect? dialect, string credential)
    {
        var bare = BearerToken.WithoutScheme(credential);
        foreach (var (prefix, owner) in _known)
        {
            if (owner != dialect && bare.StartsWith(prefix, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }
}
