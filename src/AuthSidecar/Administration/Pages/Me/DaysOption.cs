using System.Globalization;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>The days of a report: today and those before it, in UTC.</summary>
/// <param name="Count">1 to <see cref="Most"/>.</param>
/// <param name="First">The first day.</param>
/// <param name="Last">Today.</param>
internal sealed record DaysOption(int Count, DateOnly First, DateOnly Last)
{
    public const int Usual = 30;
    public const int Most = 365;
    public const string Rule = "Choose 1 to 365 days.";

    private static readonly int[] _offered = [7, Usual, 90];

    /// <summary>Null for text that is no number of 1 to <see cref="Most"/>; without text, <see cref="Usual"/>.</summary>
    public static DaysOption? Read(string? text, TimeProvider time) =>
        string.IsNullOrEmpty(text) ? Of(Usual, time)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= Most ? Of(count, time)
        : null;

    public static DaysOption Of(int count, TimeProvider time)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        return new(count, today.AddDays(1 - count), today);
    }

    public IEnumerable<SelectListItem> Choices() =>
        _offered
            .Append(Count)
            .Distinct()
            .Order()
            .Select(count => new SelectListItem(Words(count), count.ToString(CultureInfo.InvariantCulture), count == Count));

    /// <summary>"Last 30 days".</summary>
    public string Title => Words(Count);

    public IEnumerable<DateOnly> All() => Enumerable.Range(0, Count).Select(First.AddDays);

    private static string Words(int count) => count == 1 ? "Today" : $"Last {Formats.Number(count)} days";
}
