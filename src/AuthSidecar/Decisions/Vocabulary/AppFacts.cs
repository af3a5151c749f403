namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>The stored facts of an app.</summary>
/// <param name="Id">Id of the app.</param>
/// <param name="TenantId">Id of its tenant.</param>
/// <param name="Mode">Access mode, as in the permission service's strategy; empty: unspecified.</param>
/// <param name="IsDisabled">True when its tenant has disabled it.</param>
internal sealed record AppFacts(string Id, string TenantId, string Mode, bool IsDisabled);
