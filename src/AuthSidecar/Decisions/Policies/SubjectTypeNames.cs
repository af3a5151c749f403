using System.Collections.Frozen;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Policies;

/// <summary>Names of subject types in the configuration.</summary>
internal static class SubjectTypeNames
{
    public static FrozenDictionary<string, SubjectType> Known { get; } =
        new Dictionary<string, SubjectType>
        {
            ["account"] = SubjectType.Account,
            ["end_user"] = SubjectType.EndUser,
            ["service"] = SubjectType.Service,
        }.ToFrozenDictionary(StringComparer.Ordinal);
}
