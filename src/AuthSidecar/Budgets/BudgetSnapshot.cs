using AuthSidecar.Pipeline;
using AuthSidecar.Storage;

namespace AuthSidecar.Budgets;

/// <summary>The budgets of a spender, and the accounts in which is what they have spent by now.</summary>
/// <param name="month">In which they were read.</param>
/// <param name="readAt">Timestamp.</param>
/// <param name="limits">The caller's own first, then the key's, then the shared ones; none: unlimited.</param>
internal sealed class BudgetSnapshot(int month, long readAt, params AccountLimit[] limits) : CallerBudget
{
    /// <summary>One for the many who have none: thousands of them are remembered.</summary>
    public static BudgetSnapshot Unlimited { get; } = new(0, 0);

    public int Month => month;

    public long ReadAt => readAt;

    public AccountLimit[] Limits => limits;

    public bool IsUnlimited => limits.Length == 0;

    /// <summary>As <see cref="RequestUsage.Purses"/>.</summary>
    public string? Purses { get; } = PursesOf(limits);

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

    private static string? PursesOf(AccountLimit[] limits)
    {
        var groups = limits.Where(limit => limit.Source.Scope == BudgetScope.Purse).Select(limit => limit.Source.SubjectId).ToList();
        return groups.Count == 0 ? null : string.Join(' ', groups);
    }
}

/// <param name="Account">Whose.</param>
/// <param name="LimitMicros">What may be spent in the month.</param>
/// <param name="Source">The budget that says so.</param>
internal readonly record struct AccountLimit(BudgetAccount Account, long LimitMicros, BudgetSource Source);
