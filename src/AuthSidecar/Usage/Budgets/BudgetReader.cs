using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Usage.Budgets;

internal sealed class BudgetReader(Store store, TimeProvider time) : IDisposable
{
    // Per instance: a compiled query is bound to one database provider.
    private readonly Func<SidecarDbContext, string?, string?, IAsyncEnumerable<Budget>> _find = EF.CompileAsyncQuery(
        (SidecarDbContext context, string? userId, string? keyId) =>
            context
                .Budgets.AsNoTracking()
                .Where(budget =>
                    (budget.Scope == BudgetScope.User && budget.SubjectId == userId)
                    || (budget.Scope == BudgetScope.Key && budget.SubjectId == keyId)
                    || (
                        (budget.Scope == BudgetScope.Group || budget.Scope == BudgetScope.Shared)
                        && context.GroupMembers.Any(member => member.UserId == userId && member.GroupId == budget.SubjectId)
                    )
                )
    );

    private readonly StoreReadLimiter _reads = new(store, time);

    /// <exception cref="StoreUnavailableException">The budgets cannot be read.</exception>
    public Task<BudgetLookup> ReadAsync(Spender spender, CancellationToken cancellationToken) =>
        _reads.RunAsync("a budget", context => ReadAsync(context, spender), cancellationToken);

    /// <summary>Reads the spend of accounts.</summary>
    /// <returns>Millionths of the currency for each name.</returns>
    /// <exception cref="StoreUnavailableException">The store is unavailable.</exception>
    public Task<Dictionary<AccountName, long>> ReadSpentAsync(
        IReadOnlyCollection<AccountName> names,
        CancellationToken cancellationToken
    ) => _reads.RunAsync("spend", context => SpentAsync(context, names), cancellationToken);

    public void Dispose() => _reads.Dispose();

    private async Task<BudgetLookup> ReadAsync(SidecarDbContext context, Spender spender)
    {
        var budgets = new List<Budget>();
        await foreach (var budget in _find(context, spender.UserId, spender.KeyId))
        {
            budgets.Add(budget);
        }

        var found = Limits(budgets, spender);
        if (found.Count == 0)
        {
            return BudgetLookup.Unlimited;
        }

        var now = time.GetUtcNow();
        var names = found.ConvertAll(limit => NameOf(limit.Source, spender, limit.Period.IdAt(now)));
        var spent = await SpentAsync(context, names);
        return new([.. found.Select((limit, index) => new BudgetLimit(names[index], limit.Source, limit.Micros, spent[names[index]]))]);
    }

    // Precedence in each period: the caller's own budget, the highest of the groups' per-member budgets, the issuer's default of a month.
    // Key budgets and shared budgets apply in addition. Of exceeded limits, the first is the one that frees last.
    private static List<(BudgetSource Source, BudgetPeriod Period, long Micros)> Limits(List<Budget> budgets, Spender spender)
    {
        var limits = new List<(BudgetSource Source, BudgetPeriod Period, long Micros)>();
        foreach (var period in BudgetPeriods.All)
        {
            if ((Highest(BudgetScope.User, period) ?? Highest(BudgetScope.Group, period)) is { } own)
            {
                limits.Add(Of(own));
            }
            else if (period == BudgetPeriod.Month && spender is { UserId: not null, DefaultMicros: { } micros })
            {
                limits.Add((new(BudgetScope.User, null), period, micros));
            }
        }

        limits.AddRange(budgets.Where(budget => budget.Scope == BudgetScope.Key).OrderBy(budget => budget.Period).Select(Of));
        limits.AddRange(
            budgets
                .Where(budget => budget.Scope == BudgetScope.Shared)
                .OrderBy(budget => budget.SubjectId, StringComparer.Ordinal)
                .ThenBy(budget => budget.Period)
                .Select(Of)
        );
        return limits;

        Budget? Highest(BudgetScope scope, BudgetPeriod period) =>
            budgets
                .Where(budget => budget.Scope == scope && budget.Period == period)
                .OrderBy(budget => budget.SubjectId, StringComparer.Ordinal)
                .MaxBy(budget => budget.LimitMicros);

        static (BudgetSource Source, BudgetPeriod Period, long Micros) Of(Budget budget) =>
            (new(budget.Scope, budget.SubjectId), budget.Period, budget.LimitMicros);
    }

    private static AccountName NameOf(BudgetSource source, Spender spender, int periodId) =>
        source.Scope switch
        {
            BudgetScope.User or BudgetScope.Group => new(BudgetScope.User, spender.UserId!, periodId),
            _ => new(source.Scope, source.SubjectId!, periodId),
        };

    private static async Task<Dictionary<AccountName, long>> SpentAsync(SidecarDbContext context, IReadOnlyCollection<AccountName> names)
    {
        var spent = names.ToDictionary(name => name, _ => 0L);
        foreach (var group in names.GroupBy(name => (name.Scope, name.PeriodId)))
        {
            var (scope, periodId) = group.Key;
            var ids = group.Select(name => name.SubjectId).ToList();
            await foreach (
                var spend in context
                    .Spends.AsNoTracking()
                    .Where(spend => spend.Scope == scope && spend.PeriodId == periodId && ids.Contains(spend.SubjectId))
                    .AsAsyncEnumerable()
            )
            {
                spent[new(scope, spend.SubjectId, periodId)] = spend.Micros;
            }
        }

        return spent;
    }
}
