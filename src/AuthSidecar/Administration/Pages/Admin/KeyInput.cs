using System.Globalization;
using AuthSidecar.Administration.Reports;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Reads the fields of keys.</summary>
internal static class KeyInput
{
    public const string DateError = "Enter a day such as 2027-01-31, or nothing.";

    /// <summary>Texts that are separated by blanks or lines.</summary>
    public static string[] Words(string? text) =>
        (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>The beginning of a day; null: none. False: the text is no day.</summary>
    public static bool TryReadDay(string? text, out DateTimeOffset? begin)
    {
        begin = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return true;
        }

        if (!UsageQuery.TryParseDay(text.Trim(), out var day))
        {
            return false;
        }

        begin = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        return true;
    }

    public static string? Day(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
