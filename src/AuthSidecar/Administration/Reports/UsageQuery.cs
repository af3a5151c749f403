using System.Globalization;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Reports;

/// <summary>Range of days and group of a report.</summary>
/// <param name="By">The group.</param>
/// <param name="From">The first day (UTC), included.</param>
/// <param name="To">The last day (UTC), included.</param>
internal sealed record UsageQuery(UsageGroup By, DateOnly From, DateOnly To)
{
    private const string Format = "yyyy-MM-dd";

    /// <summary>Only requests of this user; null: of all.</summary>
    public string? UserId { get; init; }

    /// <summary>Only requests with this key; null: with any.</summary>
    public string? KeyId { get; init; }

    /// <summary>Only requests under this policy, summed from their rows and so only within their retention; null: under any.</summary>
    public string? Policy { get; init; }

    /// <summary>Null: none.</summary>
    public UsageFilter? Filter { get; init; }

    /// <summary>Error of the limits, or null.</summary>
    public string? FilterError =>
        new[] { UserId, KeyId, Filter?.Tenant, Filter?.Provider, Filter?.Model }.Any(text => text is not null && !Rules.IsPrintable(text))
            ? "The values of filters must be printable."
            : null;

    /// <param name="by">The group.</param>
    /// <param name="from">The first day; null: the first day of the last day's month, the period of budgets.</param>
    /// <param name="to">The last day; null: today.</param>
    /// <param name="time">The clock.</param>
    public static Outcome<UsageQuery> Of(UsageGroup by, DateOnly? from, DateOnly? to, TimeProvider time)
    {
        var last = to ?? DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var first = from ?? new DateOnly(last.Year, last.Month, 1);
        return first > last
            ? Refusal.Invalid($"The first day, {Text(first)}, is after the last, {Text(last)}{(to is null ? " (today)" : "")}.")
            : new UsageQuery(by, first, last);
    }

    public static bool TryParseDay(string text, out DateOnly day) =>
        DateOnly.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out day);

    public static string Text(DateOnly day) => day.ToString(Format, CultureInfo.InvariantCulture);
}
