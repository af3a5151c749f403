namespace AuthSidecar.Budgets;

/// <summary>The budgets of a spender, and the accounts in which is what they have spent by now.</summary>
/// <param name="month">In which they were read.</param>
/// <param name="readAt">Timestamp.</param>
/// <param name="limits">One or two, the user's first; none: unlimited.</param>
internal sealed class KnownBudget(int month, long readAt, params AccountLimit[] limits)
{
    /// <summary>One for the many who have none: thousands of them are remembered.</summary>
    public static KnownBudget Unlimited { get; } = new(0, 0);

    public int Month => month;

    public long ReadAt => readAt;

    public AccountLimit[] Limits => limits;

    public bool IsUnlimited => limits.Length == 0;

    /// <summary>The limit that is exceeded, in millionths of the currency, or null.</summary>
    public long? Exceeded
    {
        get
        {
            foreach (var limit in limits)
            {
                if (limit.Account.Spent >= limit.LimitMicros)
                {
                    return limit.LimitMicros;
                }
            }

            return null;
        }
    }
}

/// <param name="Account">Whose.</param>
/// <param name="LimitMicros">What may be spent in the month.</param>
internal readonly record struct AccountLimit(BudgetAccount Account, long LimitMicros);
