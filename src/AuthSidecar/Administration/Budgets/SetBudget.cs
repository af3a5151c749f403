using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Budgets;

/// <summary>
/// Sets or replaces the limit of a period of a caller, of each member of a group, of a group's members together, or of a key line.
/// </summary>
internal sealed class SetBudget(Store store, TimeProvider time)
{
    public const long MostMicros = 1_000_000_000_000;

    /// <summary>Sets a monthly budget.</summary>
    /// <param name="scope">Scope of the budget.</param>
    /// <param name="subject">As <see cref="BudgetSubject"/> takes it.</param>
    /// <param name="limitMicros">Millionths of a US dollar; 0: nothing may be spent.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    public Task<Outcome<Budget>> RunAsync(BudgetScope scope, string subject, long limitMicros, CancellationToken cancellationToken) =>
        RunAsync(new(scope, subject), new(limitMicros), null, cancellationToken);

    /// <param name="target">The budget.</param>
    /// <param name="amounts">Its limit and warning, which replace earlier ones.</param>
    /// <param name="isExpected">Accepts the subject and its budget as stored, null without a budget; null: any.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    public async Task<Outcome<Budget>> RunAsync(
        BudgetTarget target,
        BudgetAmounts amounts,
        Func<string, Budget?, bool>? isExpected,
        CancellationToken cancellationToken
    )
    {
        var (limitMicros, warnMicros) = amounts;
        if (limitMicros is < 0 or > MostMicros)
        {
            return Refusal.Invalid("A budget is 0 to 1000000 US dollars.");
        }

        if (warnMicros is <= 0 || warnMicros > limitMicros)
        {
            return Refusal.Invalid("The warning of a budget is more than 0, and not more than its limit.");
        }

        var (scope, subject, period) = target;
        await using var context = store.Open();
        var found = await BudgetSubject.FindAsync(context, scope, subject, cancellationToken);
        if (found.Refusal is { } refusal)
        {
            return refusal;
        }

        var (id, now) = (found.Value, Instant.Now(time));
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
            budget = new()
            {
                Scope = scope,
                SubjectId = id,
                Period = period,
            };
            context.Budgets.Add(budget);
        }

        (budget.LimitMicros, budget.WarnMicros, budget.UpdatedAt) = (limitMicros, warnMicros, now);
        context.Invalidations.Add(BudgetSubject.InvalidationOf(scope, id, now));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
            await exclusive.CommitAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (store.IsTaken(exception))
        {
            return Refusal.Conflict("budget_changed", "The budget was set by another command at the same time; look and try again.");
        }

        return budget;
    }
}
