namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>Who a credential stands for. Flags, so that a policy can hold the set it accepts.</summary>
[Flags]
internal enum SubjectType
{
    None = 0,

    /// <summary>A user's own key or token.</summary>
    Account = 1,

    /// <summary>A person known only to an external identity provider.</summary>
    EndUser = 2,

    /// <summary>A machine: a key that no person owns.</summary>
    Service = 4,

    All = Account | EndUser | Service,
}
