using AuthSidecar.Companion;
using AuthSidecar.Storage;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.Recording;

/// <summary>What a record may say; throws INVALID_ARGUMENT otherwise.</summary>
internal static class RecordRules
{
    public const long MostTokens = 1_000_000_000_000;

    /// <summary>Of a name or id, in characters: they stand in indexes.</summary>
    public const int LongestName = 256;

    /// <summary>Of metadata as JSON, in characters, all of them ASCII.</summary>
    public const int LongestMetadata = 16 * 1024;

    /// <summary>In characters. Clients write it, and none may make the metadata too long.</summary>
    public const int LongestUserAgent = 512;

    private static readonly TimeSpan _mostAhead = TimeSpan.FromMinutes(5);

    // So long a service may have been unable to tell.
    private static readonly TimeSpan _mostBehind = TimeSpan.FromHours(24);

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

    /// <param name="text">Any.</param>
    /// <param name="longest">How much of it is left, in characters; half a surrogate pair is not.</param>
    public static string Cut(string text, int longest) => text.Length <= longest ? text : text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)];

    public static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    public static long Tokens(long count, string field) => count is >= 0 and <= MostTokens
        ? count
        : throw CompanionErrors.Malformed($"{field} must be 0 to {MostTokens}.");

    /// <summary>When it was, by the clock of whoever tells.</summary>
    /// <param name="told">Null: now.</param>
    /// <param name="field">What it is called.</param>
    /// <param name="now">By our clock.</param>
    public static DateTimeOffset Time(Timestamp? told, string field, DateTimeOffset now)
    {
        try
        {
            return told is null ? now : Instant.Truncate(told.ToDateTimeOffset());
        }
        catch (InvalidOperationException)
        {
            throw CompanionErrors.Malformed($"{field} is not a time: its nanos or seconds are out of range.");
        }
    }

    /// <summary>Whether a request may have started then: what was spent is of that month.</summary>
    /// <param name="time">When it did, as it was told.</param>
    /// <param name="now">By our clock.</param>
    public static bool CanBeStart(DateTimeOffset time, DateTimeOffset now) => now - time <= _mostBehind && CanBeEnd(time, now);

    /// <summary>Whether a request may have ended then.</summary>
    /// <param name="time">When it did, as it was told.</param>
    /// <param name="now">By our clock.</param>
    public static bool CanBeEnd(DateTimeOffset time, DateTimeOffset now) => time - now <= _mostAhead;
}
