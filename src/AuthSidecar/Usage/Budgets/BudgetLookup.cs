using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Budgets;

/// <summary>The parties whose budgets a request is charged to.</summary>
/// <param name="UserId">The caller, as <see cref="AuthSidecar.Decisions.Pipeline.Identity.Person"/>, or null.</param>
/// <param name="KeyId">The key line, or null.</param>
/// <param name="DefaultMicros">Limit of a caller without a budget, in millionths of the currency; null: unlimited.</param>
internal readonly record struct Spender(string? UserId, string? KeyId, long? DefaultMicros = null);

/// <summary>Names the account of a caller, a key line or a shared budget in one period.</summary>
/// <param name="Scope">Any but <see cref="BudgetScope.Group"/>, whose budget is each member's.</param>
/// <param name="SubjectId">As in <see cref="Spend"/>.</param>
/// <param name="PeriodId">As of <see cref="BudgetPeriods"/>.</param>
internal readonly record struct AccountName(BudgetScope Scope, string SubjectId, int PeriodId);

/// <summary>Origin of a limit.</summary>
/// <param name="Scope">Scope of the budget.</param>
/// <param name="SubjectId">As in <see cref="Budget"/>; null: the default of the caller's issuer.</param>
internal readonly record struct BudgetSource(BudgetScope Scope, string? SubjectId);

/// <summary>Limit and spend of one account.</summary>
internal sealed record BudgetLimit(AccountName Name, BudgetSource Source, long LimitMicros, long SpentMicros)
{
    public bool IsExceeded => SpentMicros >= LimitMicros;
}

/// <summary>
/// All limits of a spender as read from the store: the caller's, the key's, and the shared budgets of the caller's groups. Each of them
/// applies.
/// </summary>
internal sealed record BudgetLookup(IReadOnlyList<BudgetLimit> Limits)
{
    public static BudgetLookup Unlimited { get; } = new([]);

    /// <summary>True when a limit of its current period is reached.</summary>
    public bool IsExceeded => Limits.Any(limit => limit.IsExceeded);

    /// <summary>The limit that is exceeded, or else the lowest, in millionths of the currency; null: unlimited.</summary>
    public long? LimitMicros => (Limits.FirstOrDefault(limit => limit.IsExceeded) ?? Limits.MinBy(limit => limit.LimitMicros))?.LimitMicros;
}
