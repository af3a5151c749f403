namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>Type of the subject of a credential. Flags, so that a policy can hold the accepted set.</summary>
[Flags]
internal enum SubjectType
{
    None = 0,

    /// <summary>A person: a user's own key or token.</summary>
    Account = 1,

    /// <summary>A person known only to an external identity provider.</summary>
    EndUser = 2,

    /// <summary>A machine: a key without a personal owner.</summary>
    Service = 4,

    All = Account | EndUser | Service,
}
