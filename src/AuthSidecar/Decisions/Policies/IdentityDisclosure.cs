namespace AuthSidecar.Decisions.Policies;

/// <summary>Identity headers that the upstream receives.</summary>
internal enum IdentityDisclosure
{
    /// <summary>Only the decision's id.</summary>
    None,

    /// <summary>Also the ids of caller and key.</summary>
    Id,

    /// <summary>Also names, scopes, tenant, app and delegation.</summary>
    Full,
}
