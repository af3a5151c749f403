namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>What is known of the app behind a route.</summary>
/// <param name="Id">Its id.</param>
/// <param name="TenantId">Whose it is.</param>
/// <param name="Mode">Who may use it, in the words of the permission service's strategy; empty: not said.</param>
/// <param name="IsDisabled">Switched off by its tenant.</param>
internal sealed record AppFacts(string Id, string TenantId, string Mode, bool IsDisabled);
