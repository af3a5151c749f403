using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Tests.Platform.Storage;

public class BudgetPeriodsTests
{
    [Theory]
    [InlineData("Month", "2026-12-01T04:00:00Z", 202612, "2026-12-01", "2027-01-01")]
    [InlineData("Month", "2024-02-29T23:59:59Z", 202402, "2024-02-01", "2024-03-01")]
    [InlineData("Week", "2026-12-01T04:00:00Z", 2026049, "2026-11-30", "2026-12-07")]
    [InlineData("Week", "2026-12-06T23:59:59Z", 2026049, "2026-11-30", "2026-12-07")]
    [InlineData("Week", "2026-12-07T00:00:00Z", 2026050, "2026-12-07", "2026-12-14")]
    // The last days of a year may be of the first week of the next, and the first days of the last week of the year before.
    [InlineData("Week", "2024-12-30T00:00:00Z", 2025001, "2024-12-30", "2025-01-06")]
    [InlineData("Week", "2027-01-01T00:00:00Z", 2026053, "2026-12-28", "2027-01-04")]
    [InlineData("Day", "2026-12-31T23:59:59Z", 20261231, "2026-12-31", "2027-01-01")]
    [InlineData("Day", "2024-02-28T12:00:00Z", 20240228, "2024-02-28", "2024-02-29")]
    [InlineData("Day", "2026-12-01T00:30:00+01:00", 20261130, "2026-11-30", "2026-12-01")]
    public void Id_IsOfThePeriodThatHoldsTheTime(string name, string time, int id, string start, string end)
    {
        var period = Enum.Parse<BudgetPeriod>(name);
        Assert.Equal(id, period.IdAt(At(time)));
        Assert.Equal(
            (period, At($"{start}T00:00:00Z"), At($"{end}T00:00:00Z")),
            (BudgetPeriods.Of(id), BudgetPeriods.StartOf(id), BudgetPeriods.EndOf(id))
        );
    }

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture);
}
