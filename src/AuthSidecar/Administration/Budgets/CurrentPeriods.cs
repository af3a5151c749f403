using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Budgets;

/// <summary>Ids of the month, the week and the day of one moment, for queries.</summary>
internal readonly record struct CurrentPeriods(int Month, int Week, int Day)
{
    public static CurrentPeriods At(DateTimeOffset now) =>
        new(BudgetPeriod.Month.IdAt(now), BudgetPeriod.Week.IdAt(now), BudgetPeriod.Day.IdAt(now));

    /// <summary>Beginning of the next period.</summary>
    public DateTimeOffset EndOf(BudgetPeriod period) =>
        BudgetPeriods.EndOf(
            period switch
            {
                BudgetPeriod.Day => Day,
                BudgetPeriod.Week => Week,
                _ => Month,
            }
        );
}
