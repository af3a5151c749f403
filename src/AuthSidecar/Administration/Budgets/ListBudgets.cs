using System.Globalization;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Budgets;

/// <param name="Budget">The budget.</param>
/// <param name="Name">Name of the user or of the first key of the line, or null.</param>
/// <param name="SpentMicros">Of the current period, in millionths; null for per-member budgets, which have one for each member.</param>
/// <param name="ResetsAt">Beginning of the next period (UTC).</param>
internal sealed record ListedBudget(Budget Budget, string? Name, long? SpentMicros, DateTimeOffset ResetsAt)
{
    /// <summary>At least 0; null as <see cref="SpentMicros"/>.</summary>
    public long? LeftMicros => SpentMicros is { } spent ? Math.Max(0, Budget.LimitMicros - spent) : null;
}

/// <summary>Budgets with their spend in the current period, by scope, name and period.</summary>
internal sealed class ListBudgets(Store store, TimeProvider time)
{
    public async Task<Outcome<Page<ListedBudget>>> RunAsync(ListFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Read(4, out var search, out var after) is { } refusal)
        {
            return refusal;
        }

        var found = (await ReadAsync(CurrentPeriods.At(time.GetUtcNow()), cancellationToken)).Where(one =>
            TextSearch.Contains(one.Name, search) || TextSearch.Contains(one.Budget.SubjectId, search)
        );
        return Paging.Of([.. found], filter, after, one =>
            [
                ((int)one.Budget.Scope).ToString(CultureInfo.InvariantCulture),
                one.Name ?? one.Budget.SubjectId,
                one.Budget.SubjectId,
                ((int)one.Budget.Period).ToString(CultureInfo.InvariantCulture),
            ]
        );
    }

    /// <summary>One budget, without its spend.</summary>
    /// <param name="target">The budget.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public async Task<Outcome<Budget>> FindAsync(BudgetTarget target, CancellationToken cancellationToken)
    {
        var (scope, subject, period) = target;
        await using var context = store.Open();
        var found = await BudgetSubject.FindAsync(context, scope, subject, cancellationToken);
        if (found.Refusal is { } refusal)
        {
            return refusal;
        }

        var budgets = context
            .Budgets.AsNoTracking()
            .Where(budget => budget.Scope == scope && budget.SubjectId == found.Value && budget.Period == period);
        return await budgets.SingleOrDefaultAsync(cancellationToken) is { } budget ? budget : BudgetSubject.Unknown(target);
    }

    private async Task<List<ListedBudget>> ReadAsync(CurrentPeriods periods, CancellationToken cancellationToken)
    {
        var (month, week, day) = periods;
        await using var context = store.Open();
        var rows = await context
            .Budgets.AsNoTracking()
            .Select(budget => new
            {
                Budget = budget,
                User = budget.Scope == BudgetScope.User
                    ? context.Users.Where(user => user.Id == budget.SubjectId).Select(user => user.Name).SingleOrDefault()
                    : null,
                Key = budget.Scope == BudgetScope.Key
                    ? context.ApiKeys.Where(key => key.Id == budget.SubjectId).Select(key => key.Name).SingleOrDefault()
                    : null,
                Spent = context
                    .Spends.Where(spend =>
                        spend.Scope == budget.Scope
                        && spend.SubjectId == budget.SubjectId
                        && spend.PeriodId
                            == (
                                budget.Period == BudgetPeriod.Day ? day
                                : budget.Period == BudgetPeriod.Week ? week
                                : month
                            )
                    )
                    .Select(spend => (long?)spend.Micros)
                    .SingleOrDefault(),
            })
            .ToListAsync(cancellationToken);
        return
        [
            .. rows.Select(row => new ListedBudget(
                row.Budget,
                row.User ?? row.Key,
                row.Budget.Scope == BudgetScope.Group ? null : row.Spent ?? 0,
                periods.EndOf(row.Budget.Period)
            )),
        ];
    }
}
