using System.Globalization;

namespace AuthSidecar.Platform.Storage;

/// <summary>Calendar period of a budget, in UTC; the longest first.</summary>
internal enum BudgetPeriod
{
    Month,

    /// <summary>Of ISO 8601: from Monday.</summary>
    Week,

    Day,
}

/// <summary>
/// Ids of single periods, which the number of digits tells apart: months 202612, weeks of ISO 8601 2026049, days 20261201.
/// </summary>
internal static class BudgetPeriods
{
    /// <summary>Ids of weeks are greater, those of months less.</summary>
    public const int FirstWeek = 1_000_000;

    /// <summary>Ids of days are greater, all others less.</summary>
    public const int FirstDay = 10_000_000;

    public static IReadOnlyList<BudgetPeriod> All { get; } = [BudgetPeriod.Month, BudgetPeriod.Week, BudgetPeriod.Day];

    /// <summary>Id of the month, week or day that holds a time.</summary>
    public static int IdAt(this BudgetPeriod period, DateTimeOffset time)
    {
        var day = time.UtcDateTime;
        return period switch
        {
            BudgetPeriod.Day => (day.Year * 10_000) + (day.Month * 100) + day.Day,
            BudgetPeriod.Week => (ISOWeek.GetYear(day) * 1000) + ISOWeek.GetWeekOfYear(day),
            _ => (day.Year * 100) + day.Month,
        };
    }

    public static BudgetPeriod Of(int id) =>
        id >= FirstDay ? BudgetPeriod.Day
        : id >= FirstWeek ? BudgetPeriod.Week
        : BudgetPeriod.Month;

    public static DateTimeOffset StartOf(int id) =>
        new(
            Of(id) switch
            {
                BudgetPeriod.Day => new(id / 10_000, id / 100 % 100, id % 100),
                BudgetPeriod.Week => ISOWeek.ToDateTime(id / 1000, id % 1000, DayOfWeek.Monday),
                _ => new DateTime(id / 100, id % 100, 1),
            },
            TimeSpan.Zero
        );

    /// <summary>Beginning of the next period.</summary>
    public static DateTimeOffset EndOf(int id) =>
        Of(id) switch
        {
            BudgetPeriod.Day => StartOf(id).AddDays(1),
            BudgetPeriod.Week => StartOf(id).AddDays(7),
            _ => StartOf(id).AddMonths(1),
        };
}
