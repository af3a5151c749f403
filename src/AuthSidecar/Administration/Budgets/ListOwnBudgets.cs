using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Budgets;

/// <summary>A budget that limits a user, with the spend of the current period.</summary>
/// <param name="Scope"><see cref="BudgetScope.Group"/>: the user's own spend is limited as each member's.</param>
/// <param name="SubjectId">As <see cref="Budget.SubjectId"/>.</param>
/// <param name="Name">Name of the key, id of the group; null for the user's own.</param>
/// <param name="SpentMicros">In millionths of the currency, as the limit.</param>
/// <param name="LimitMicros">0: no spending.</param>
/// <param name="ResetsAt">Beginning of the next period (UTC).</param>
internal sealed record OwnBudget(
    BudgetScope Scope,
    string SubjectId,
    string? Name,
    BudgetPeriod Period,
    long SpentMicros,
    long LimitMicros,
    DateTimeOffset ResetsAt
);

/// <summary>
/// The budgets in force for a user, as decisions apply them: in each period the own one, else the highest of the groups' for each member;
/// those shared by groups; those of key lines.
/// </summary>
internal sealed class ListOwnBudgets(Store store, TimeProvider time)
{
    public async Task<IReadOnlyList<OwnBudget>> RunAsync(string userId, CancellationToken cancellationToken)
    {
        var periods = CurrentPeriods.At(time.GetUtcNow());
        var (month, week, day) = periods;
        await using var context = store.Open();
        var budgets = await context
            .Budgets.AsNoTracking()
            .Where(budget =>
                (budget.Scope == BudgetScope.User && budget.SubjectId == userId)
                || (
                    budget.Scope == BudgetScope.Key
                    && context.ApiKeys.Any(key => key.UserId == userId && key.Id == budget.SubjectId && key.RevokedAt == null)
                )
                || (
                    (budget.Scope == BudgetScope.Group || budget.Scope == BudgetScope.Shared)
                    && context.GroupMembers.Any(member => member.UserId == userId && member.GroupId == budget.SubjectId)
                )
            )
            .Select(budget => new
            {
                Budget = budget,
                Key = budget.Scope == BudgetScope.Key
                    ? context.ApiKeys.Where(key => key.Id == budget.SubjectId).Select(key => key.Name).SingleOrDefault()
                    : null,
                Spent = context
                    .Spends.Where(spend =>
                        spend.PeriodId
                            == (
                                budget.Period == BudgetPeriod.Day ? day
                                : budget.Period == BudgetPeriod.Week ? week
                                : month
                            )
                        && spend.Scope == (budget.Scope == BudgetScope.Group ? BudgetScope.User : budget.Scope)
                        && spend.SubjectId == (budget.Scope == BudgetScope.Group ? userId : budget.SubjectId)
                    )
                    .Select(spend => (long?)spend.Micros)
                    .SingleOrDefault(),
            })
            .ToListAsync(cancellationToken);
        return
        [
            .. InForce(budgets.Select(row => row.Budget))
                .Select(budget =>
                {
                    var row = budgets.Single(row => row.Budget == budget);
                    var name = budget.Scope == BudgetScope.User ? null : row.Key ?? budget.SubjectId;
                    return Of(budget, name, row.Spent ?? 0, periods);
                }),
        ];
    }

    /// <summary>The budgets that requests with a key count against.</summary>
    public async Task<IReadOnlyList<OwnBudget>> OfKeyAsync(ApiKey key, CancellationToken cancellationToken)
    {
        // The owner of a service's key only made it.
        var isService = key.Subject == SubjectType.Service;
        var person = key is { ExternalIssuer: { } issuer, ExternalSubject: { } subject } ? $"{issuer}|{subject}" : key.UserId;
        if (isService || person is null)
        {
            return await OfAccountAsync(BudgetScope.Key, key.Line, cancellationToken);
        }

        if (key.UserId is null)
        {
            return
            [
                .. await OfAccountAsync(BudgetScope.User, person, cancellationToken),
                .. await OfAccountAsync(BudgetScope.Key, key.Line, cancellationToken),
            ];
        }

        var all = await RunAsync(key.UserId, cancellationToken);
        return
        [
            .. all.Where(budget => budget.Scope != BudgetScope.Key),
            .. await OfAccountAsync(BudgetScope.Key, key.Line, cancellationToken),
        ];
    }

    private async Task<IReadOnlyList<OwnBudget>> OfAccountAsync(BudgetScope scope, string subjectId, CancellationToken cancellationToken)
    {
        var periods = CurrentPeriods.At(time.GetUtcNow());
        var (month, week, day) = periods;
        await using var context = store.Open();
        var budgets = await context
            .Budgets.AsNoTracking()
            .Where(budget => budget.Scope == scope && budget.SubjectId == subjectId)
            .Select(budget => new
            {
                Budget = budget,
                Spent = context
                    .Spends.Where(spend =>
                        spend.Scope == scope
                        && spend.SubjectId == subjectId
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
        return [.. budgets.OrderBy(row => row.Budget.Period).Select(row => Of(row.Budget, null, row.Spent ?? 0, periods))];
    }

    private static OwnBudget Of(Budget budget, string? name, long spent, CurrentPeriods periods) =>
        new(budget.Scope, budget.SubjectId, name, budget.Period, spent, budget.LimitMicros, periods.EndOf(budget.Period));

    private static IEnumerable<Budget> InForce(IEnumerable<Budget> budgets)
    {
        var sorted = budgets.OrderBy(budget => budget.SubjectId, StringComparer.Ordinal).ThenBy(budget => budget.Period).ToList();
        var own = BudgetPeriods.All.Select(period =>
            sorted.Find(budget => budget.Scope == BudgetScope.User && budget.Period == period)
            ?? sorted.Where(budget => budget.Scope == BudgetScope.Group && budget.Period == period).MaxBy(budget => budget.LimitMicros)
        );
        return
        [
            .. own.OfType<Budget>(),
            .. sorted.Where(budget => budget.Scope == BudgetScope.Shared),
            .. sorted.Where(budget => budget.Scope == BudgetScope.Key),
        ];
    }
}
