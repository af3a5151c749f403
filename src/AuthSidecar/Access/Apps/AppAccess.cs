using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Apps;

internal enum AppVerdict
{
    Denied,
    Allowed,

    /// <summary>The permission service decides.</summary>
    Ask,
}

/// <summary>The verdict of the policy's strategy and the app's mode on a member of the tenant, or on an end user.</summary>
internal static class AppAccess
{
    public static AppVerdict Of(AclStrategy strategy, string mode, SubjectType type) =>
        strategy switch
        {
            AclStrategy.Membership => ForTheTenant(type, AppVerdict.Allowed),
            AclStrategy.Acl => ByMode(mode, type),
            _ => AppVerdict.Denied,
        };

    private static AppVerdict ByMode(string mode, SubjectType type) =>
        mode switch
        {
            "public" or "sso_verified" => AppVerdict.Allowed,
            "private_all" or "internal_all" => ForTheTenant(type, AppVerdict.Allowed),
            "private" or "internal" or "" => ForTheTenant(type, AppVerdict.Ask),
            _ => AppVerdict.Denied,
        };

    private static AppVerdict ForTheTenant(SubjectType type, AppVerdict access) =>
        type is SubjectType.Account or SubjectType.Service ? access : AppVerdict.Denied;
}
