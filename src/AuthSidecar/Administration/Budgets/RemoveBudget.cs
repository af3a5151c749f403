using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Budgets;

/// <summary>Removes a budget. Spend is kept, should a budget be set again in the same period.</summary>
internal sealed class RemoveBudget(Store store, TimeProvider time)
{
    /// <summary>Removes a monthly budget.</summary>
    /// <param name="scope">Scope of the budget.</param>
    /// <param name="subject">As <see cref="BudgetSubject"/> takes it.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    /// <returns>The removed budget.</returns>
    public Task<Outcome<Budget>> RunAsync(BudgetScope scope, string subject, CancellationToken cancellationToken) =>
        RunAsync(new BudgetTarget(scope, subject), null, cancellationToken);

    /// <param name="target">The budget.</param>
    /// <param name="isExpected">As that of <see cref="SetBudget"/>.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    public async Task<Outcome<Budget>> RunAsync(
        BudgetTarget target,
        Func<string, Budget?, bool>? isExpected,
        CancellationToken cancellationToken
    )
    {
        var (scope, subject, period) = target;
        await using var context = store.Open();
        var found = await BudgetSubject.FindAsync(context, scope, subject, cancellationToken);
        if (found.Refusal is { } refusal)
        {
            return refusal;
        }

        var id = found.Value;
        await using var exclusive = await context.BeginExclusiveAsync(StoreLocks.ChangesOfBudget(scope, id), cancellationToken);
        var budget = await context.Budgets.SingleOrDefaultAsync(
            budget => budget.Scope == scope && budget.SubjectId == id && budget.Period == period,
            cancellationToken
        );
        if (isExpected?.Invoke(id, budget) == false)
        {
            return Refusal.Stale("budget");
        }

        if (budget is null)
        {
            return BudgetSubject.Unknown(target);
        }

        context.Budgets.Remove(budget);
        context.Invalidations.Add(BudgetSubject.InvalidationOf(scope, id, Instant.Now(time)));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
            await exclusive.CommitAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            return Refusal.Conflict("budget_changed", "The budget was changed by another command at the same time; look and try again.");
        }

        return budget;
    }
}
