using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Budgets;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Usage.BudgetAlerts;

/// <summary>A budget with the spend of one account in its current period.</summary>
internal sealed class ReachedBudget
{
    public required Budget Budget { get; init; }

    /// <summary>As of <see cref="BudgetAlert"/>.</summary>
    public required string SpenderId { get; init; }

    public int PeriodId { get; init; }
    public long SpentMicros { get; init; }

    public bool IsWarned { get; init; }
    public bool IsExceeded { get; init; }

    /// <summary>The events that are reached and not yet claimed.</summary>
    public IEnumerable<BudgetEvent> Events
    {
        get
        {
            if (!IsWarned && SpentMicros >= Budget.WarnMicros)
            {
                yield return BudgetEvent.Warning;
            }

            if (!IsExceeded && SpentMicros >= Budget.LimitMicros)
            {
                yield return BudgetEvent.Exceeded;
            }
        }
    }

    /// <summary>All budgets in force with unclaimed events.</summary>
    public static async Task<List<ReachedBudget>> FindAsync(
        SidecarDbContext context,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var found = new List<ReachedBudget>();
        foreach (var period in BudgetPeriods.All)
        {
            // What was reached just before the end of a period, or settled after it, is found too.
            foreach (var id in new[] { period.IdAt(now - BudgetAccounts.Life), period.IdAt(now) }.Distinct())
            {
                found.AddRange(await Unclaimed(context, Own(context, period, id)).ToListAsync(cancellationToken));
                found.AddRange(await Unclaimed(context, OfMembers(context, period, id)).ToListAsync(cancellationToken));
            }
        }

        return found;
    }

    /// <summary>Callers whose issuer's default is reached and not yet claimed.</summary>
    /// <param name="context">The store.</param>
    /// <param name="issuer">As in tokens.</param>
    /// <param name="limitMicros">The default.</param>
    /// <param name="now">The current time.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public static async Task<List<ReachedBudget>> FindAsync(
        SidecarDbContext context,
        string issuer,
        long limitMicros,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var (prefix, id) = ($"{issuer}|", BudgetPeriod.Month.IdAt(now));
        var spends = await context
            .Spends.AsNoTracking()
            .Where(spend =>
                spend.Scope == BudgetScope.User
                && spend.PeriodId == id
                && spend.SubjectId.StartsWith(prefix)
                && spend.Micros > 0
                && spend.Micros >= limitMicros
                && !context.Budgets.Any(own =>
                    own.Scope == BudgetScope.User && own.SubjectId == spend.SubjectId && own.Period == BudgetPeriod.Month
                )
                && !context.BudgetAlerts.Any(alert =>
                    alert.Scope == BudgetScope.User
                    && alert.SubjectId == spend.SubjectId
                    && alert.SpenderId == spend.SubjectId
                    && alert.PeriodId == id
                    && alert.Event == BudgetEvent.Exceeded
                )
            )
            .ToListAsync(cancellationToken);
        return spends.ConvertAll(spend => new ReachedBudget
        {
            Budget = new()
            {
                Scope = BudgetScope.User,
                SubjectId = spend.SubjectId,
                LimitMicros = limitMicros,
            },
            SpenderId = spend.SubjectId,
            PeriodId = id,
            SpentMicros = spend.Micros,
        });
    }

    private static IQueryable<ReachedBudget> Own(SidecarDbContext context, BudgetPeriod period, int id) =>
        from budget in InForce(context, period, id)
        join spend in context.Spends on new { budget.Scope, budget.SubjectId } equals new { spend.Scope, spend.SubjectId }
        where budget.Scope != BudgetScope.Group && spend.PeriodId == id
        select new ReachedBudget
        {
            Budget = budget,
            SpenderId = budget.SubjectId,
            PeriodId = id,
            SpentMicros = spend.Micros,
        };

    // A budget that was set later says nothing about an ended period.
    private static IQueryable<Budget> InForce(SidecarDbContext context, BudgetPeriod period, int id)
    {
        var end = BudgetPeriods.EndOf(id);
        return context.Budgets.Where(budget => budget.Period == period && budget.UpdatedAt < end);
    }

    // The group's budget that is in force for a member, as decisions choose it.
    private static IQueryable<ReachedBudget> OfMembers(SidecarDbContext context, BudgetPeriod period, int id) =>
        from budget in InForce(context, period, id)
        join member in context.GroupMembers on budget.SubjectId equals member.GroupId
        join spend in context.Spends on member.UserId equals spend.SubjectId
        where
            budget.Scope == BudgetScope.Group
            && spend.Scope == BudgetScope.User
            && spend.PeriodId == id
            && !context.Budgets.Any(own => own.Scope == BudgetScope.User && own.SubjectId == member.UserId && own.Period == period)
            && !context.Budgets.Any(other =>
                other.Scope == BudgetScope.Group
                && other.Period == period
                && (
                    other.LimitMicros > budget.LimitMicros
                    || (other.LimitMicros == budget.LimitMicros && string.Compare(other.SubjectId, budget.SubjectId) < 0)
                )
                && context.GroupMembers.Any(also => also.UserId == member.UserId && also.GroupId == other.SubjectId)
            )
        select new ReachedBudget
        {
            Budget = budget,
            SpenderId = member.UserId,
            PeriodId = id,
            SpentMicros = spend.Micros,
        };

    private static IQueryable<ReachedBudget> Unclaimed(SidecarDbContext context, IQueryable<ReachedBudget> budgets) =>
        budgets
            .Where(one => one.SpentMicros > 0 && (one.SpentMicros >= one.Budget.LimitMicros || one.SpentMicros >= one.Budget.WarnMicros))
            .Select(one => new ReachedBudget
            {
                Budget = one.Budget,
                SpenderId = one.SpenderId,
                PeriodId = one.PeriodId,
                SpentMicros = one.SpentMicros,
                IsWarned = context.BudgetAlerts.Any(alert =>
                    alert.Scope == one.Budget.Scope
                    && alert.SubjectId == one.Budget.SubjectId
                    && alert.SpenderId == one.SpenderId
                    && alert.PeriodId == one.PeriodId
                    && alert.Event == BudgetEvent.Warning
                ),
                IsExceeded = context.BudgetAlerts.Any(alert =>
                    alert.Scope == one.Budget.Scope
                    && alert.SubjectId == one.Budget.SubjectId
                    && alert.SpenderId == one.SpenderId
                    && alert.PeriodId == one.PeriodId
                    && alert.Event == BudgetEvent.Exceeded
                ),
            })
            .Where(one =>
                (one.SpentMicros >= one.Budget.LimitMicros && !one.IsExceeded)
                || (one.SpentMicros >= one.Budget.WarnMicros && !one.IsWarned)
            )
            .AsNoTracking();
}
