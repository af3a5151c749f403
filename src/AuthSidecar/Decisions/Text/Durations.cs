using System.Globalization;

namespace AuthSidecar.Decisions.Text;

/// <summary>Durations such as <c>90s</c>, <c>15m</c>, <c>12h</c>, <c>30d</c>, and points in time.</summary>
internal static class Durations
{
    private static readonly long _longestSeconds = (long)TimeSpan.FromDays(365_000).TotalSeconds;
    private static readonly string[] _times =
    [
        "yyyy-MM-dd",
        "yyyy-MM-dd'T'HH:mmK",
        "yyyy-MM-dd'T'HH:mm:ssK",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
    ];

    public static bool TryParse(string text, out TimeSpan span)
    {
        span = default;
        if (
            text.Length < 2
            || !int.TryParse(text.AsSpan()[..^1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count)
        )
        {
            return false;
        }

        long? unit = text[^1] switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => null,
        };
        if (unit is not { } seconds || Math.Abs(count * seconds) > _longestSeconds)
        {
            return false;
        }

        span = TimeSpan.FromSeconds(count * seconds);
        return true;
    }

    /// <summary>A duration from now, or a time (UTC without an offset).</summary>
    public static bool TryParseTime(string text, DateTimeOffset now, out DateTimeOffset time)
    {
        if (!TryParse(text, out var span))
        {
            return DateTimeOffset.TryParseExact(text, _times, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
        }

        var isPossible = span < DateTimeOffset.MaxValue - now && span > DateTimeOffset.UnixEpoch - now;
        time = isPossible ? now + span : default;
        return isPossible;
    }

    public static string Format(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.######}s");
}
