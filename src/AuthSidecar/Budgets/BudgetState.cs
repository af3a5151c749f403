using AuthSidecar.Storage;

namespace AuthSidecar.Budgets;

/// <summary>Whose budgets count for a request.</summary>
/// <param name="UserId">The person who spends, or null.</param>
/// <param name="KeyId">The key that is spent with, or null.</param>
internal readonly record struct Spender(string? UserId, string? KeyId);

/// <summary>Names what a user or a key spends in one month.</summary>
/// <param name="Scope"><see cref="BudgetScope.User"/> or <see cref="BudgetScope.Key"/>.</param>
/// <param name="SubjectId">The user's or the key's id.</param>
/// <param name="Month">As in <see cref="Spend"/>.</param>
internal readonly record struct AccountName(BudgetScope Scope, string SubjectId, int Month);

/// <summary>What one of them may spend, and has spent.</summary>
internal sealed record Allowance(AccountName Name, long LimitMicros, long SpentMicros)
{
    public bool IsExceeded => SpentMicros >= LimitMicros;
}

/// <summary>The budgets of a spender as the store knows them. The user's and the key's each count.</summary>
internal sealed record BudgetState(Allowance? User, Allowance? Key)
{
    public static BudgetState Unlimited { get; } = new(null, null);

    /// <summary>True when nothing more may be spent this month.</summary>
    public bool IsExceeded => User is { IsExceeded: true } || Key is { IsExceeded: true };

    /// <summary>The limit that is exceeded, or else the lowest, in millionths of the currency; null: unlimited.</summary>
    public long? LimitMicros =>
        User is { IsExceeded: true } user ? user.LimitMicros
        : Key is { IsExceeded: true } key ? key.LimitMicros
        : User is { } one && Key is { } other ? Math.Min(one.LimitMicros, other.LimitMicros)
        : (User ?? Key)?.LimitMicros;
}
