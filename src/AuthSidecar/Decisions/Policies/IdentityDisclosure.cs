namespace AuthSidecar.Decisions.Policies;

/// <summary>How much the upstream is told of the caller.</summary>
internal enum IdentityDisclosure
{
    /// <summary>The decision's id alone.</summary>
    None,

    /// <summary>Besides it the ids by which the caller and the key are known here.</summary>
    Id,

    /// <summary>Names, scopes, tenant, app and delegation too.</summary>
    Full,
}
