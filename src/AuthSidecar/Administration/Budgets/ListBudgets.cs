using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Budgets;

/// <param name="Budget">The budget.</param>
/// <param name="Name">The user's name, or null.</param>
/// <param name="SpentMicros">Spend of this month in millionths; null for per-member budgets, which have one spend for each member.</param>
internal sealed record ListedBudget(Budget Budget, string? Name, long? SpentMicros);

/// <summary>All budgets with their spend this month.</summary>
internal sealed class ListBudgets(Store store, TimeProvider time)
{
    public async Task<IReadOnlyList<ListedBudget>> RunAsync(CancellationToken cancellationToken)
    {
        var month = Spend.MonthOf(time.GetUtcNow());
        await using var context = store.Open();
        var rows = await context
            .Budgets.AsNoTracking()
            .Select(budget => new
            {
                Budget = budget,
                Name = budget.Scope == BudgetScope.User
                    ? context.Users.Where(user => user.Id == budget.SubjectId).Select(user => user.Name).SingleOrDefault()
                    : null,
                Spent = context
                    .Spends.Where(spend => spend.Scope == budget.Scope && spend.SubjectId == budget.SubjectId && spend.Month == month)
                    .Select(spend => (long?)spend.Micros)
                    .SingleOrDefault(),
            })
            .ToListAsync(cancellationToken);
        return
        [
            .. rows.OrderBy(row => row.Budget.Scope)
                .ThenBy(row => row.Name ?? row.Budget.SubjectId, StringComparer.Ordinal)
                .Select(row => new ListedBudget(row.Budget, row.Name, row.Budget.Scope == BudgetScope.Group ? null : row.Spent ?? 0)),
        ];
    }
}
