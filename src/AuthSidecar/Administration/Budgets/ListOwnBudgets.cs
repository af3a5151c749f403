using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Budgets;

/// <summary>A budget that limits a user, with the spend of this month.</summary>
/// <param name="Scope"><see cref="BudgetScope.Group"/>: the user's own spend is limited as each member's.</param>
/// <param name="SubjectId">As <see cref="Budget.SubjectId"/>.</param>
/// <param name="Name">Name of the key, id of the group; null for the user's own.</param>
/// <param name="SpentMicros">In millionths of the currency, as the limit.</param>
/// <param name="LimitMicros">0: no spending.</param>
/// <param name="ResetsAt">Beginning of the next month (UTC).</param>
internal sealed record OwnBudget(
    BudgetScope Scope,
    string SubjectId,
    string? Name,
    long SpentMicros,
    long LimitMicros,
    DateTimeOffset ResetsAt
);

/// <summary>
/// The budgets in force for a user, as decisions apply them: the own one, else the highest of the groups' for each member; those shared by
/// groups; those of key lines.
/// </summary>
internal sealed class ListOwnBudgets(Store store, TimeProvider time)
{
    public async Task<IReadOnlyList<OwnBudget>> RunAsync(string userId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var month = Spend.MonthOf(now);
        var resetsAt = new DateTimeOffset(now.UtcDateTime.Year, now.UtcDateTime.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1);
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
                        spend.Month == month
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
                    return new OwnBudget(budget.Scope, budget.SubjectId, name, row.Spent ?? 0, budget.LimitMicros, resetsAt);
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
        var now = time.GetUtcNow();
        var month = Spend.MonthOf(now);
        var resetsAt = new DateTimeOffset(now.UtcDateTime.Year, now.UtcDateTime.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1);
        await using var context = store.Open();
        var budget = await context
            .Budgets.AsNoTracking()
            .SingleOrDefaultAsync(row => row.Scope == scope && row.SubjectId == subjectId, cancellationToken);
        if (budget is null)
        {
            return [];
        }

        var spent = await context
            .Spends.Where(row => row.Scope == scope && row.SubjectId == subjectId && row.Month == month)
            .Select(row => (long?)row.Micros)
            .SingleOrDefaultAsync(cancellationToken);
        return [new(scope, subjectId, null, spent ?? 0, budget.LimitMicros, resetsAt)];
    }

    private static IEnumerable<Budget> InForce(IEnumerable<Budget> budgets)
    {
        var byScope = budgets.OrderBy(budget => budget.SubjectId, StringComparer.Ordinal).ToLookup(budget => budget.Scope);
        var own = byScope[BudgetScope.User].FirstOrDefault() ?? byScope[BudgetScope.Group].MaxBy(budget => budget.LimitMicros);
        return [.. own is null ? [] : new[] { own }, .. byScope[BudgetScope.Shared], .. byScope[BudgetScope.Key]];
    }
}
