using AuthSidecar.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Budgets;

/// <param name="IsExceeded">True when nothing more may be spent this month.</param>
/// <param name="LimitMicros">The limit in millionths of the currency; null: unlimited.</param>
internal sealed record BudgetState(bool IsExceeded, long? LimitMicros);

internal sealed class BudgetReader(Store store)
{
    private static readonly BudgetState _unlimited = new(false, null);

    /// <exception cref="StoreUnavailableException">Nothing is known about the user's budget.</exception>
    public async Task<BudgetState> ReadAsync(string userId, CancellationToken cancellationToken)
    {
        try
        {
            await using var context = store.Open();
            var limit = await context.Budgets
                .Where(budget => budget.Scope == BudgetScope.User && budget.SubjectId == userId)
                .Select(budget => (long?)budget.LimitMicros)
                .SingleOrDefaultAsync(cancellationToken);

            // Nothing is recorded as spent as long as there is no usage: what is spent is 0, which reaches only a limit of 0.
            return limit is { } micros ? new(micros <= 0, micros) : _unlimited;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new StoreUnavailableException("The store did not answer when a budget was read.", exception);
        }
    }
}
