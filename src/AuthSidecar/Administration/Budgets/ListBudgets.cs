using System.Globalization;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Budgets;

/// <param name="Budget">The budget.</param>
/// <param name="Name">Name of the user or of the first key of the line, or null.</param>
/// <param name="SpentMicros">Spend of this month in millionths; null for per-member budgets, which have one spend for each member.</param>
/// <param name="ResetsAt">Beginning of the next month (UTC).</param>
internal sealed record ListedBudget(Budget Budget, string? Name, long? SpentMicros, DateTimeOffset ResetsAt)
{
    /// <summary>At least 0; null as <see cref="SpentMicros"/>.</summary>
    public long? LeftMicros => SpentMicros is { } spent ? Math.Max(0, Budget.LimitMicros - spent) : null;
}

/// <summary>Budgets with their spend this month, by scope and name.</summary>
internal sealed class ListBudgets(Store store, TimeProvider time)
{
    public async Task<Outcome<Page<ListedBudget>>> RunAsync(ListFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Read(3, out var search, out var after) is { } refusal)
        {
            return refusal;
        }

        var now = time.GetUtcNow();
        var resetsAt = new DateTimeOffset(now.UtcDateTime.Year, now.UtcDateTime.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1);
        var found = (await ReadAsync(Spend.MonthOf(now), resetsAt, cancellationToken)).Where(one =>
            TextSearch.Contains(one.Name, search) || TextSearch.Contains(one.Budget.SubjectId, search)
        );
        return Paging.Of([.. found], filter, after, one =>
            [((int)one.Budget.Scope).ToString(CultureInfo.InvariantCulture), one.Name ?? one.Budget.SubjectId, one.Budget.SubjectId]
        );
    }

    /// <summary>One budget, without its spend.</summary>
    /// <param name="scope">Scope of the budget.</param>
    /// <param name="subject">As <see cref="BudgetSubject"/> takes it.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public async Task<Outcome<Budget>> FindAsync(BudgetScope scope, string subject, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        var found = await BudgetSubject.FindAsync(context, scope, subject, cancellationToken);
        if (found.Refusal is { } refusal)
        {
            return refusal;
        }

        var budgets = context.Budgets.AsNoTracking().Where(budget => budget.Scope == scope && budget.SubjectId == found.Value);
        return await budgets.SingleOrDefaultAsync(cancellationToken) is { } budget ? budget : BudgetSubject.Unknown(scope, subject);
    }

    private async Task<List<ListedBudget>> ReadAsync(int month, DateTimeOffset resetsAt, CancellationToken cancellationToken)
    {
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
                    .Spends.Where(spend => spend.Scope == budget.Scope && spend.SubjectId == budget.SubjectId && spend.Month == month)
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
                resetsAt
            )),
        ];
    }
}
