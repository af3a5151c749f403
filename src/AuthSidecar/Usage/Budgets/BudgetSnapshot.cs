using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Budgets;

/// <summary>The limits of a spender, with the live accounts that hold their spend.</summary>
/// <param name="readAt">Timestamp of the read.</param>
/// <param name="limits">The caller's own first, then the key's, then shared budgets; none: unlimited.</param>
internal sealed class BudgetSnapshot(long readAt, params AccountLimit[] limits) : CallerBudget
{
    private readonly DateTimeOffset _from = limits.Select(StartOf).DefaultIfEmpty(DateTimeOffset.MinValue).Max();
    private readonly DateTimeOffset _till = limits.Select(EndOf).DefaultIfEmpty(DateTimeOffset.MaxValue).Min();

    /// <summary>Shared instance: thousands of spenders without a budget are cached.</summary>
    public static BudgetSnapshot Unlimited { get; } = new(0);

    public long ReadAt => readAt;

    public AccountLimit[] Limits => limits;

    public bool IsUnlimited => limits.Length == 0;

    /// <summary>As <see cref="RequestUsage.SharedBudgets"/>.</summary>
    public string? SharedBudgets { get; } = SharedBudgetsOf(limits);

    /// <summary>The first limit that is exceeded, or null.</summary>
    public AccountLimit? Exceeded
    {
        get
        {
            foreach (var limit in limits)
            {
                if (limit.Account.Spent >= limit.LimitMicros)
                {
                    return limit;
                }
            }

            return null;
        }
    }

    /// <summary>Whether a time is in the period of each limit.</summary>
    public bool IsOf(DateTimeOffset time) => time >= _from && time < _till;

    private static DateTimeOffset StartOf(AccountLimit limit) => BudgetPeriods.StartOf(limit.Account.Name.PeriodId);

    private static DateTimeOffset EndOf(AccountLimit limit) => BudgetPeriods.EndOf(limit.Account.Name.PeriodId);

    private static string? SharedBudgetsOf(AccountLimit[] limits)
    {
        var groups = limits
            .Where(limit => limit.Source.Scope == BudgetScope.Shared)
            .Select(limit => limit.Source.SubjectId)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return groups.Count == 0 ? null : string.Join(' ', groups);
    }
}

/// <param name="Account">The account.</param>
/// <param name="LimitMicros">Limit of the account's period.</param>
/// <param name="Source">Origin of the limit.</param>
internal readonly record struct AccountLimit(BudgetAccount Account, long LimitMicros, BudgetSource Source);
