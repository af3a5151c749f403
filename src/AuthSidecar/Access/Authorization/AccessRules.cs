using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Authorization;

/// <summary>Authorization rules as pure functions, shared by Check and the companion listener.</summary>
internal static class AccessRules
{
    public const string FullScope = "full";

    /// <summary>Opens the management API, and no route of a provider.</summary>
    public const string ManageScope = "manage";

    /// <summary>
    /// True when every needed scope is granted. <c>full</c> satisfies each scope but <c>manage</c>, and an empty list requires <c>full</c>.
    /// </summary>
    public static bool HasScopes(Identity identity, IReadOnlyList<string> needed)
    {
        var isFull = identity.Scopes.Contains(FullScope);
        foreach (var scope in needed)
        {
            if (!(isFull && scope != ManageScope) && !identity.Scopes.Contains(scope))
            {
                return false;
            }
        }

        return isFull || needed.Count > 0;
    }

    /// <summary>The needed scopes that are not granted, where <see cref="HasScopes"/> is false.</summary>
    public static IReadOnlyList<string> MissingScopes(Identity identity, IReadOnlyList<string> needed) =>
        needed.Count == 0 ? [FullScope] : [.. needed.Where(scope => !HasScopes(identity, [scope])).Distinct()];

    /// <summary>True when the subject type is accepted; independent of scopes.</summary>
    public static bool Accepts(SubjectType accepted, Identity identity) =>
        identity.Type != SubjectType.None && (accepted & identity.Type) == identity.Type;

    /// <summary>True when there are no globs, or one of them matches.</summary>
    public static bool AllowsModel(IReadOnlyList<string> globs, string model)
    {
        foreach (var glob in globs)
        {
            if (Glob.IsMatch(glob, model))
            {
                return true;
            }
        }

        return globs.Count == 0;
    }
}
