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

    public int Month => Spend.MonthOf(time.GetUtcNow());

    /// <exception cref="StoreUnavailableException">The budgets cannot be read.</exception>
    public Task<BudgetLookup> ReadAsync(Spender spender, CancellationToken cancellationToken) =>
        _reads.RunAsync("a budget", context => ReadAsync(context, spender), cancellationToken);

    /// <summary>Reads the spend of accounts.</summary>
    /// <returns>Millionths of the currency for each name.</returns>
    /// <exception cref="StoreUnavailableException">The store is unavailable.</exception>
    public Task<Dictionary<AccountName, long>> ReadSpentAsync(
        IReadOnlyCollection<AccountName> names,
        CancellationToken cancellationToken
    ) => _reads.RunAsync("monthly spend", context => SpentAsync(context, names), cancellationToken);

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

        var month = Month;
        var names = found.ConvertAll(limit => NameOf(limit.Source, spender, month));
        var spent = await SpentAsync(context, names);
        return new([.. found.Select((limit, index) => new BudgetLimit(names[index], limit.Source, limit.Micros, spent[names[index]]))]);
    }

    // Precedence: the caller's own budget, the highest of the groups' per-member budgets, the issuer's default. Key budgets and shared
    // budgets apply in addition.
    private static List<(BudgetSource Source, long Micros)> Limits(List<Budget> budgets, Spender spender)
    {
        var limits = new List<(BudgetSource Source, long Micros)>();
        if ((Highest(BudgetScope.User) ?? Highest(BudgetScope.Group)) is { } own)
        {
            limits.Add(Of(own));
        }
        else if (spender is { UserId: not null, DefaultMicros: { } micros })
        {
            limits.Add((new(BudgetScope.User, null), micros));
        }

        if (Highest(BudgetScope.Key) is { } key)
        {
            limits.Add(Of(key));
        }

        limits.AddRange(
            budgets
                .Where(budget => budget.Scope == BudgetScope.Shared)
                .OrderBy(budget => budget.SubjectId, StringComparer.Ordinal)
                .Select(Of)
        );
        return limits;

        Budget? Highest(BudgetScope scope) =>
            budgets
                .Where(budget => budget.Scope == scope)
                .OrderBy(budget => budget.SubjectId, StringComparer.Ordinal)
                .MaxBy(budget => budget.LimitMicros);

        static (BudgetSource Source, long Micros) Of(Budget budget) => (new(budget.Scope, budget.SubjectId), budget.LimitMicros);
    }

    private static AccountName NameOf(BudgetSource source, Spender spender, int month) =>
        source.Scope switch
        {
            BudgetScope.User or BudgetScope.Group => new(BudgetScope.User, spender.UserId!, month),
            _ => new(source.Scope, source.SubjectId!, month),
        };

    private static async Task<Dictionary<AccountName, long>> SpentAsync(SidecarDbContext context, IReadOnlyCollection<AccountName> names)
    {
        var spent = names.ToDictionary(name => name, _ => 0L);
        foreach (var group in names.GroupBy(name => (name.Scope, name.Month)))
        {
            var (scope, month) = group.Key;
            var ids = group.Select(name => name.SubjectId).ToList();
            await foreach (
                var spend in context
                    .Spends.AsNoTracking()
                    .Where(spend => spend.Scope == scope && spend.Month == month && ids.Contains(spend.SubjectId))
                    .AsAsyncEnumerable()
            )
            {
                spent[new(scope, spend.SubjectId, month)] = spend.Micros;
            }
        }

        return spent;
    }
}
