using System.Globalization;

namespace AuthSidecar.Administration.Pages;

/// <summary>Numbers, money and times in a person's words. Times are UTC.</summary>
internal static class Formats
{
    /// <summary>An unknown or absent value.</summary>
    public const string None = "–";

    private const decimal MicrosPerUnit = 1_000_000m;
    private const decimal Cent = 0.01m;

    /// <summary>The least value of a scale is what would round to a thousand of the one below.</summary>
    private static readonly (decimal Size, decimal Least, string Suffix)[] _scales =
    [
        (1_000_000_000_000m, 999_500_000_000m, "T"),
        (1_000_000_000m, 999_500_000m, "G"),
        (1_000_000m, 999_500m, "M"),
        (1_000m, 100_000m, "k"),
    ];

    /// <summary>With thousands separators: 48,210.</summary>
    public static string Number(long? value) => value is { } known ? known.ToString("N0", CultureInfo.InvariantCulture) : None;

    /// <summary>Above 100,000 shortened: 312 k, 7.8 M, 91.4 M, 2.0 G; else as <see cref="Number"/>.</summary>
    public static string Compact(long? value)
    {
        if (value is not { } known)
        {
            return None;
        }

        foreach (var (size, least, suffix) in _scales)
        {
            if (Math.Abs((decimal)known) >= least)
            {
                return $"{Significant(known / size)} {suffix}";
            }
        }

        return Number(known);
    }

    /// <summary>Two decimals: $ 38.20. Less than a cent: &lt; $ 0.01. Unknown: –, never 0.</summary>
    /// <param name="amount">In units of the currency.</param>
    /// <param name="currency">Its ISO 4217 code.</param>
    public static string Money(decimal? amount, string currency = "USD")
    {
        if (amount is not { } known)
        {
            return None;
        }

        var sign = currency == "USD" ? "$" : currency;
        return known switch
        {
            > 0 and < Cent => $"< {sign} 0.01",
            < 0 and > -Cent => $"> −{sign} 0.01",
            < 0 => $"−{sign} {Decimals(-known)}",
            _ => $"{sign} {Decimals(known)}",
        };
    }

    /// <summary><see cref="Money"/> of an amount in millionths of the currency.</summary>
    public static string MoneyOfMicros(long? micros, string currency = "USD") => Money(micros / MicrosPerUnit, currency);

    /// <summary>A share as a whole percentage: 61 %. Null if the whole is 0.</summary>
    public static string? Percent(decimal part, decimal whole) =>
        whole == 0
            ? null
            : (part / whole) switch
            {
                > 0 and < 0.01m => "< 1 %",
                > 0.99m and < 1 => "99 %",
                var share => $"{Math.Round(100 * share, MidpointRounding.AwayFromZero).ToString("0", CultureInfo.InvariantCulture)} %",
            };

    /// <summary>12 Feb 2027.</summary>
    public static string Date(DateTimeOffset? time) => At(time, "d MMM yyyy");

    /// <summary>12 Feb 2027.</summary>
    public static string Date(DateOnly date) => date.ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    /// <summary>12 Feb 2027, 14:05.</summary>
    public static string DateAndTime(DateTimeOffset? time) => At(time, "d MMM yyyy, HH:mm");

    /// <summary>1 to 29 November 2026; 28 October to 26 November 2026; 20 December 2025 to 3 January 2026.</summary>
    public static string Range(DateOnly first, DateOnly last)
    {
        var format =
            first == last ? null
            : first.Year != last.Year ? "d MMMM yyyy"
            : first.Month != last.Month ? "d MMMM"
            : "%d";
        var end = last.ToString("d MMMM yyyy", CultureInfo.InvariantCulture);
        return format is null ? end : $"{first.ToString(format, CultureInfo.InvariantCulture)} to {end}";
    }

    /// <summary>
    /// A past time as "just now", "4 minutes ago", "3 hours ago", "yesterday", "3 October", with the year if it is another; a future time
    /// as "in 4 minutes", "in 3 hours", "tomorrow", "in 9 days", or a date.
    /// </summary>
    public static string Relative(DateTimeOffset? time, DateTimeOffset now)
    {
        if (time is not { } known)
        {
            return None;
        }

        var (days, apart) = ((known.UtcDateTime.Date - now.UtcDateTime.Date).Days, now - known);
        return apart < TimeSpan.Zero ? Future(known, now, days, -apart) : Past(known, now, days, apart);
    }

    /// <summary>"1 key", "4 keys", "1,200 keys".</summary>
    public static string Count(long value, string one, string? many = null) => $"{Number(value)} {(value == 1 ? one : many ?? $"{one}s")}";

    /// <summary>What a person typed or chose; spans of time are sent as seconds.</summary>
    public static string Typed(string name, string value) =>
        name is "Lifetime" or "Grace" && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? Span(TimeSpan.FromSeconds(seconds))
            : value;

    /// <summary>"90 days", "1 hour".</summary>
    public static string Span(TimeSpan span) =>
        span.TotalDays >= 1 && span.Hours == 0 ? Count((long)span.TotalDays, "day")
        : span.TotalHours >= 1 ? Count((long)span.TotalHours, "hour")
        : Count((long)span.TotalMinutes, "minute");

    /// <summary>The name of a field in words: "NewTenant" as "New tenant".</summary>
    public static string Words(string name) =>
        string.Concat(
            name.Select(
                (letter, index) =>
                    index == 0 ? $"{char.ToUpperInvariant(letter)}"
                    : char.IsAsciiLetterUpper(letter) ? $" {char.ToLowerInvariant(letter)}"
                    : $"{letter}"
            )
        );

    private static string Past(DateTimeOffset time, DateTimeOffset now, int days, TimeSpan apart) =>
        apart.TotalMinutes < 1 ? "just now"
        : apart.TotalHours < 1 ? $"{Count((int)apart.TotalMinutes, "minute")} ago"
        : days == 0 ? $"{Count((int)apart.TotalHours, "hour")} ago"
        : days == -1 ? "yesterday"
        : Day(time, now);

    private static string Future(DateTimeOffset time, DateTimeOffset now, int days, TimeSpan apart) =>
        apart.TotalMinutes < 1 ? "in less than a minute"
        : apart.TotalHours < 1 ? $"in {Count((int)apart.TotalMinutes, "minute")}"
        : days == 0 ? $"in {Count((int)apart.TotalHours, "hour")}"
        : days == 1 ? "tomorrow"
        : days <= 31 ? $"in {Count(days, "day")}"
        : Day(time, now);

    private static string Day(DateTimeOffset time, DateTimeOffset now) =>
        At(time, time.UtcDateTime.Year == now.UtcDateTime.Year ? "d MMMM" : "d MMMM yyyy");

    private static string At(DateTimeOffset? time, string format) =>
        time is { } known ? known.UtcDateTime.ToString(format, CultureInfo.InvariantCulture) : None;

    private static string Decimals(decimal value) => value.ToString("N2", CultureInfo.InvariantCulture);

    private static string Significant(decimal value) =>
        value.ToString(Math.Abs(value) >= 99.95m ? "N0" : "0.0", CultureInfo.InvariantCulture);
}
