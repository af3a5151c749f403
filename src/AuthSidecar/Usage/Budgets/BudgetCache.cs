using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Usage.Budgets;

/// <summary>Caches the limits of spenders. Their spend is in accounts, which settlements keep up to date.</summary>
internal sealed class BudgetCache(
    CacheOptions options,
    TimeProvider time,
    CacheMetrics metrics,
    BudgetReader reader,
    BudgetAccounts accounts
)
    : VerdictCache<Spender, BudgetSnapshot>(
        options,
        time,
        metrics.Of("budget"),
        spender => ReadAsync(spender, time, reader, accounts),
        isOfStore: true
    )
{
    private static readonly TimeSpan _longestDenial = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time = time;

    // A denial is as current as an allow: both read the accounts.
    protected override AnswerKind KindOf(BudgetSnapshot answer) => AnswerKind.Yes;

    protected override bool IsTouched(Spender key, BudgetSnapshot answer, InvalidationSet invalidations) =>
        (key.UserId is { } user && invalidations.TouchesUser(user)) || (key.KeyId is { } line && invalidations.TouchesKey(line));

    // Settlements of other replicas arrive with the next reservation. Denied callers make none, so a denial expires.
    protected override bool HasExpired(BudgetSnapshot answer) =>
        !answer.IsUnlimited
        && (
            !answer.IsOf(_time.GetUtcNow())
            || Array.Exists(answer.Limits, limit => limit.Account.IsRemoved)
            || (answer.Exceeded is not null && _time.GetElapsedTime(answer.ReadAt) >= _longestDenial)
        );

    private static async Task<BudgetSnapshot> ReadAsync(Spender spender, TimeProvider time, BudgetReader reader, BudgetAccounts accounts)
    {
        while (true)
        {
            var (ticket, readAt) = (accounts.NextTicket(), time.GetTimestamp());
            var known = accounts.Open(await reader.ReadAsync(spender, CancellationToken.None), ticket, readAt, out var isNew);
            if (!isNew)
            {
                return known;
            }
        }
    }
}
