using AuthSidecar.Access.Policies;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Administration.Keys;

/// <summary>What people may give the keys that they make for themselves.</summary>
internal sealed class OwnKeyRules(SelfServiceKeyOptions options, LiveOptions<PolicySet> policies)
{
    // Full satisfies every scope, and manage changes other people's keys.
    private static readonly string[] _never = ["full", "manage"];

    /// <summary>Scopes in order; those of the policies without <c>full</c> and <c>manage</c> where the settings name none.</summary>
    public IReadOnlyList<string> Scopes =>
        options.Scopes.Count > 0
            ? options.Scopes
            :
            [
                .. policies
                    .Current.Policies.SelectMany(policy => policy.Options.Scopes)
                    .Except(_never, StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal),
            ];

    /// <summary>Lifetime of a key whose maker names none.</summary>
    public TimeSpan DefaultLifetime => options.DefaultLifetime;

    public TimeSpan MaxLifetime => options.MaxLifetime;

    /// <summary>Valid keys of one person at a time.</summary>
    public int MaxPerUser => options.MaxPerUser;
}
