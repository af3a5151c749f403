using AuthSidecar.Storage;

namespace AuthSidecar.Budgets;

/// <summary>Whose budgets count for a request.</summary>
/// <param name="UserId">The caller that spends, as <see cref="Pipeline.Identity.Person"/>, or null.</param>
/// <param name="KeyId">The line of the key that is spent with, or null.</param>
/// <param name="DefaultMicros">What a caller without a budget may spend, in millionths of the currency; null: anything.</param>
internal readonly record struct Spender(string? UserId, string? KeyId, long? DefaultMicros = null);

/// <summary>Names what a caller, a line of keys or a group with a shared budget spends in one month.</summary>
/// <param name="Scope">Any but <see cref="BudgetScope.Group"/>, whose budget is each member's.</param>
/// <param name="SubjectId">As in <see cref="Spend"/>.</param>
/// <param name="Month">As in <see cref="Spend"/>.</param>
internal readonly record struct AccountName(BudgetScope Scope, string SubjectId, int Month);

/// <summary>Which budget a limit comes from.</summary>
/// <param name="Scope">What it was set for.</param>
/// <param name="SubjectId">As in <see cref="Budget"/>; null: it is the default of the caller's issuer.</param>
internal readonly record struct BudgetSource(BudgetScope Scope, string? SubjectId);

/// <summary>What one of them may spend, and has spent.</summary>
internal sealed record BudgetLimit(AccountName Name, BudgetSource Source, long LimitMicros, long SpentMicros)
{
    public bool IsExceeded => SpentMicros >= LimitMicros;
}

/// <summary>The budgets of a spender as the store knows them, each of which counts: the caller's own, the key's, and those that the caller's groups share.</summary>
internal sealed record BudgetLookup(IReadOnlyList<BudgetLimit> Limits)
{
    public static BudgetLookup Unlimited { get; } = new([]);

    /// <summary>True when nothing more may be spent this month.</summary>
    public bool IsExceeded => Limits.Any(limit => limit.IsExceeded);

    /// <summary>The limit that is exceeded, or else the lowest, in millionths of the currency; null: unlimited.</summary>
    public long? LimitMicros => (Limits.FirstOrDefault(limit => limit.IsExceeded) ?? Limits.MinBy(limit => limit.LimitMicros))?.LimitMicros;
}
