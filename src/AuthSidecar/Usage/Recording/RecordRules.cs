using AuthSidecar.Access.Companion;
using AuthSidecar.Platform.Storage;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.Usage.Recording;

/// <summary>Validation of records; throws INVALID_ARGUMENT.</summary>
internal static class RecordRules
{
    public const long MostTokens = 1_000_000_000_000;

    /// <summary>Maximum length of a name or id, in characters: they are indexed.</summary>
    public const int LongestName = 256;

    /// <summary>Maximum length of metadata as JSON, in (ASCII) characters.</summary>
    public const int LongestMetadata = 16 * 1024;

    /// <summary>In characters. Chosen by clients, which must not be able to make the metadata too long.</summary>
    public const int LongestUserAgent = 512;

    private static readonly TimeSpan _mostAhead = TimeSpan.FromMinutes(5);

    // Outage that a service may bridge before it sends its records.
    private static readonly TimeSpan _mostBehind = TimeSpan.FromHours(24);

    /// <summary>A UUID, with or without dashes.</summary>
    /// <returns>Lower case with dashes.</returns>
    public static string Id(string text, string error) => TryId(text) ?? throw CompanionErrors.Malformed(error);

    /// <returns>Null when it is not a UUID.</returns>
    public static string? TryId(string text) =>
        Guid.TryParseExact(text, "D", out var id) || Guid.TryParseExact(text, "N", out id) ? id.ToString("D") : null;

    public static string Name(string text, string field) =>
        text.Length <= LongestName
            ? Text(text, field)
            : throw CompanionErrors.Malformed($"{field} is longer than {LongestName} characters.");

    /// <summary>Any text without NUL, which PostgreSQL cannot store.</summary>
    public static string Text(string text, string field) =>
        text.Contains('\0', StringComparison.Ordinal) ? throw CompanionErrors.Malformed($"{field} has a NUL character.") : text;

    /// <param name="text">Any text.</param>
    /// <param name="longest">Maximum length in characters; a surrogate pair is not split.</param>
    public static string Cut(string text, int longest) =>
        text.Length <= longest ? text : text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)];

    public static long Tokens(long count, string field) =>
        count is >= 0 and <= MostTokens ? count : throw CompanionErrors.Malformed($"{field} must be 0 to {MostTokens}.");

    /// <summary>The time of a record, by the client's clock.</summary>
    /// <param name="sent">Null: now.</param>
    /// <param name="field">Name of the field, for the error.</param>
    /// <param name="now">By our clock.</param>
    public static DateTimeOffset Time(Timestamp? sent, string field, DateTimeOffset now)
    {
        try
        {
            return sent is null ? now : Instant.Truncate(sent.ToDateTimeOffset());
        }
        catch (InvalidOperationException)
        {
            throw CompanionErrors.Malformed($"{field} is not a time: its nanos or seconds are out of range.");
        }
    }

    /// <summary>Whether a start is plausible: it decides the month that is charged.</summary>
    /// <param name="time">The client's time.</param>
    /// <param name="now">By our clock.</param>
    public static bool CanBeStart(DateTimeOffset time, DateTimeOffset now) => now - time <= _mostBehind && CanBeEnd(time, now);

    /// <summary>Whether an end is plausible.</summary>
    /// <param name="time">The client's time.</param>
    /// <param name="now">By our clock.</param>
    public static bool CanBeEnd(DateTimeOffset time, DateTimeOffset now) => time - now <= _mostAhead;
}
