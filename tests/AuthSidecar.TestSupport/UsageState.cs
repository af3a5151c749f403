using System.Globalization;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.TestSupport;

/// <summary>The usage in a store.</summary>
/// <param name="Spends">Of months.</param>
/// <param name="ShortSpends">Of weeks and days.</param>
internal sealed record UsageState(
    IReadOnlyList<UsageRow> Rows,
    IReadOnlyList<string> Days,
    IReadOnlyList<string> Spends,
    IReadOnlyList<string> ShortSpends
)
{
    public static async Task<UsageState> ReadAsync(Store store)
    {
        await using var context = store.Open();
        var days = await context.UsageDays.AsNoTracking().ToListAsync();
        var spends = await context.Spends.AsNoTracking().ToListAsync();
        return new(
            await context.Usage.AsNoTracking().OrderBy(row => row.DecisionId).ToListAsync(),
            [.. days.Select(Line).Order(StringComparer.Ordinal)],
            Lines(spends.Where(spend => spend.PeriodId < BudgetPeriods.FirstWeek)),
            Lines(spends.Where(spend => spend.PeriodId >= BudgetPeriods.FirstWeek))
        );

        static string[] Lines(IEnumerable<Spend> spends) =>
            [
                .. spends
                    .Where(spend => spend.Micros != 0)
                    .Select(spend => $"{spend.Scope} {spend.SubjectId} {spend.PeriodId} {spend.Micros}")
                    .Order(StringComparer.Ordinal),
            ];
    }

    /// <summary>Checks that the sums equal those of the rows, by an independent calculation.</summary>
    public void MustAddUp()
    {
        var days = Rows.GroupBy(row =>
                (
                    Day: (int)(row.Time.UtcDateTime.Date - DateTime.UnixEpoch).TotalDays,
                    Provider: row.Provider ?? "",
                    Model: DayModels.NameOf(row),
                    KeyId: row.KeyId ?? "",
                    UserId: row.UserId ?? "",
                    Tenant: row.Tenant ?? ""
                )
            )
            .Select(group => new UsageDay
            {
                Day = group.Key.Day,
                Provider = group.Key.Provider,
                Model = group.Key.Model,
                KeyId = group.Key.KeyId,
                UserId = group.Key.UserId,
                Tenant = group.Key.Tenant,
                Requests = group.Sum(row => row.Requests ?? 1),
                Priced = group.Count(row => row.CostMicros is not null),
                InputTokens = group.Sum(row => row.InputTokens ?? 0),
                OutputTokens = group.Sum(row => row.OutputTokens ?? 0),
                CachedReadTokens = group.Sum(row => row.CachedReadTokens ?? 0),
                CachedWriteTokens = group.Sum(row => row.CachedWriteTokens ?? 0),
                ReasoningTokens = group.Sum(row => row.ReasoningTokens ?? 0),
                CostMicros = group.Sum(row => row.CostMicros ?? 0),
            });
        Assert.Equal(days.Select(Line).Order(StringComparer.Ordinal), Days);
        Assert.Equal(SpendsOf(time => [$"{time:yyyyMM}"]), Spends);
        Assert.Equal(
            SpendsOf(time =>
                [$"{ISOWeek.GetYear(time)}{ISOWeek.GetWeekOfYear(time):000}", time.ToString("yyyyMMdd", CultureInfo.InvariantCulture)]
            ),
            ShortSpends
        );
    }

    private IEnumerable<string> SpendsOf(Func<DateTime, string[]> periods) =>
        Rows.SelectMany(row =>
                new[]
                {
                    (Scope: BudgetScope.User, Subject: row.UserId, Row: row),
                    (Scope: BudgetScope.Key, Subject: row.KeyLine ?? row.KeyId, Row: row),
                }.Concat(
                    (row.SharedBudgets ?? "").Split(' ').Select(group => (Scope: BudgetScope.Shared, Subject: (string?)group, Row: row))
                )
            )
            .Where(spend => !string.IsNullOrEmpty(spend.Subject))
            .SelectMany(spend => periods(spend.Row.Time.UtcDateTime).Select(period => (spend.Scope, spend.Subject, period, spend.Row)))
            .GroupBy(spend => (spend.Scope, spend.Subject, spend.period))
            .Select(group => (group.Key, Micros: group.Sum(spend => spend.Row.CostMicros ?? 0)))
            .Where(spend => spend.Micros != 0)
            .Select(spend => $"{spend.Key.Scope} {spend.Key.Subject} {spend.Key.period} {spend.Micros}")
            .Order(StringComparer.Ordinal);

    private static string Line(UsageDay day) =>
        $"{day.Day} {day.Provider}|{day.Model}|{day.KeyId}|{day.UserId}|{day.Tenant} {day.Requests} {day.Priced} {day.InputTokens} "
        + $"{day.OutputTokens} {day.CachedReadTokens} {day.CachedWriteTokens} {day.ReasoningTokens} {day.CostMicros}";

    /// <summary>The columns that are set.</summary>
    public static string Text(UsageRow row) =>
        string.Join(
            ' ',
            from column in UsageColumn.All
            let value = column.IsText ? column.TextOf(row) : column.NumberOf(row)?.ToString(CultureInfo.InvariantCulture)
            where value is not null
            select $"{column.Name}={value}"
        );
}
