using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// Usage before an instant: rows, daily sums of earlier days, records, billed objects and dead letters, and uncounted the spend of earlier
/// days and weeks, and events of budgets. Deleted in small batches that do not block writers for long. Monthly spend is kept.
/// </summary>
internal sealed class OldUsage(Store store, TimeProvider time)
{
    private const int RowsAtOnce = 500;

    // The longest period: an event of a current one must not be found again.
    private static readonly TimeSpan _longestPeriod = TimeSpan.FromDays(31);

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    /// <returns>Number of rows in all tables.</returns>
    public async Task<int> CountAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        return await Rows(context, before).CountAsync(cancellationToken)
            + await Days(context, before).CountAsync(cancellationToken)
            + await Interceptions(context, before).CountAsync(cancellationToken)
            + await Objects(context, before).CountAsync(cancellationToken)
            + await Letters(context, before).CountAsync(cancellationToken);
    }

    /// <returns>Number of deleted rows in all tables.</returns>
    public async Task<int> RemoveAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var alerts = before - _longestPeriod;
        await RemoveAsync(
            context => context.BudgetAlerts.Where(alert => alert.At < alerts).OrderBy(alert => alert.At).Take(RowsAtOnce),
            cancellationToken
        );
        await RemoveAsync(context => Spends(context, before).OrderBy(spend => spend.PeriodId).Take(RowsAtOnce), cancellationToken);
        return await RemoveAsync(context => Rows(context, before).OrderBy(row => row.Time).Take(RowsAtOnce), cancellationToken)
            + await RemoveAsync(context => Days(context, before).OrderBy(day => day.Day).Take(RowsAtOnce), cancellationToken)
            + await RemoveAsync(
                context => Interceptions(context, before).OrderBy(interception => interception.StartedAt).Take(RowsAtOnce),
                cancellationToken
            )
            + await RemoveAsync(context => Objects(context, before).OrderBy(billed => billed.Time).Take(RowsAtOnce), cancellationToken)
            + await RemoveAsync(context => Letters(context, before).OrderBy(letter => letter.Id).Take(RowsAtOnce), cancellationToken);
    }

    private static IQueryable<UsageRow> Rows(SidecarDbContext context, DateTimeOffset before) =>
        context.Usage.Where(row => row.Time < before);

    private static IQueryable<UsageDay> Days(SidecarDbContext context, DateTimeOffset before)
    {
        var first = UsageSums.DayOf(before);
        return context.UsageDays.Where(day => day.Day < first);
    }

    private static IQueryable<Spend> Spends(SidecarDbContext context, DateTimeOffset before)
    {
        var (week, day) = (BudgetPeriod.Week.IdAt(before), BudgetPeriod.Day.IdAt(before));
        return context.Spends.Where(spend =>
            (spend.PeriodId >= BudgetPeriods.FirstWeek && spend.PeriodId < week)
            || (spend.PeriodId >= BudgetPeriods.FirstDay && spend.PeriodId < day)
        );
    }

    private static IQueryable<Interception> Interceptions(SidecarDbContext context, DateTimeOffset before) =>
        context.Interceptions.Where(interception => interception.StartedAt < before);

    private static IQueryable<BilledObject> Objects(SidecarDbContext context, DateTimeOffset before) =>
        context.BilledObjects.Where(billed => billed.Time < before);

    private static IQueryable<DeadLetter> Letters(SidecarDbContext context, DateTimeOffset before) =>
        context.DeadLetters.Where(letter => letter.At < before);

    private async Task<int> RemoveAsync<T>(Func<SidecarDbContext, IQueryable<T>> old, CancellationToken cancellationToken)
    {
        var count = 0;
        while (true)
        {
            await using var context = store.Open();
            var removed = await old(context).ExecuteDeleteAsync(cancellationToken);
            count += removed;
            if (removed < RowsAtOnce)
            {
                return count;
            }

            await Task.Delay(_pause, time, cancellationToken);
        }
    }
}
