using AuthSidecar.Pipeline;

namespace AuthSidecar.Apps;

internal enum Access
{
    Refused,
    Allowed,

    /// <summary>The permission service decides.</summary>
    Ask,
}

/// <summary>What the policy's strategy and the app's mode say by themselves about a member, or about an end user.</summary>
internal static class AppAccess
{
    public static Access Of(AclStrategy strategy, string mode, SubjectType type) => strategy switch
    {
        AclStrategy.Membership => ForTheTenant(type, Access.Allowed),
        AclStrategy.Acl => ByMode(mode, type),
        _ => Access.Refused,
    };

    private static Access ByMode(string mode, SubjectType type) => mode switch
    {
        "public" or "sso_verified" => Access.Allowed,
        "private_all" or "internal_all" => ForTheTenant(type, Access.Allowed),
        "private" or "internal" or "" => ForTheTenant(type, Access.Ask),
        _ => Access.Refused,
    };

    private static Access ForTheTenant(SubjectType type, Access access) => type is SubjectType.Account or SubjectType.Service ? access : Access.Refused;
}
