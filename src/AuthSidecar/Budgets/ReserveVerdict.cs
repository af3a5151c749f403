namespace AuthSidecar.Budgets;

internal enum ReserveVerdict
{
    /// <summary>Nobody knows, and that means no: the default value, which must never let anything through.</summary>
    Unavailable,

    /// <summary>The request may pass, and what it probably costs is set aside for it.</summary>
    Reserved,

    /// <summary>What was spent has reached a limit.</summary>
    Spent,

    /// <summary>What was spent has not, but with what running requests hold it has.</summary>
    Held,
}
