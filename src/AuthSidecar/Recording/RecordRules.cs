using AuthSidecar.Companion;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.Recording;

/// <summary>What a record may say; throws INVALID_ARGUMENT otherwise.</summary>
internal static class RecordRules
{
    public const long MostTokens = 1_000_000_000_000;

    /// <summary>Of a name or id, in characters: they stand in indexes.</summary>
    public const int LongestName = 256;

    private const int SecondsAhead = 300;
    private static readonly DateTimeOffset _earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A UUID, with its dashes or without.</summary>
    /// <returns>Lower case with dashes.</returns>
    public static string Id(string text, string complaint) => TryId(text) ?? throw CompanionErrors.Malformed(complaint);

    /// <returns>Null when it is no UUID.</returns>
    public static string? TryId(string text) => Guid.TryParseExact(text, "D", out var id) || Guid.TryParseExact(text, "N", out id) ? id.ToString("D") : null;

    public static string Name(string text, string field) => text.Length <= LongestName
        ? Text(text, field)
        : throw CompanionErrors.Malformed($"{field} is longer than {LongestName} characters.");

    /// <summary>Anything but the character that PostgreSQL cannot store.</summary>
    public static string Text(string text, string field) => text.Contains('\0', StringComparison.Ordinal)
        ? throw CompanionErrors.Malformed($"{field} has a NUL character.")
        : text;

    public static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    public static long Tokens(long count, string field) => count is >= 0 and <= MostTokens
        ? count
        : throw CompanionErrors.Malformed($"{field} must be 0 to {MostTokens}.");

    /// <summary>When it was. A clock that was never set, or that is ahead of ours, would put what was spent into a month that no budget looks at: then it is now.</summary>
    /// <param name="told">Null: now.</param>
    /// <param name="field">What it is called.</param>
    /// <param name="now">By our clock.</param>
    /// <param name="isWrong">True when it was told and is not believed.</param>
    public static DateTimeOffset Time(Timestamp? told, string field, DateTimeOffset now, out bool isWrong)
    {
        isWrong = false;
        if (told is null)
        {
            return now;
        }

        try
        {
            var time = told.ToDateTimeOffset();
            isWrong = time < _earliest || time > now.AddSeconds(SecondsAhead);
            return isWrong ? now : time;
        }
        catch (InvalidOperationException)
        {
            throw CompanionErrors.Malformed($"{field} is not a time: its nanos or seconds are out of range.");
        }
    }
}
