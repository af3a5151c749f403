namespace AuthSidecar.Decisions.Text;

/// <summary>
/// Converts between durations and timestamp differences of a clock. Rounds up, so that no window, lease or retry delay ends early.
/// </summary>
internal static class Timestamps
{
    public static long ToTimestamps(this TimeProvider time, TimeSpan span) =>
        Scale(span.Ticks, time.TimestampFrequency, TimeSpan.TicksPerSecond);

    public static TimeSpan ToTimeSpan(this TimeProvider time, long timestamps) =>
        new(Scale(timestamps, TimeSpan.TicksPerSecond, time.TimestampFrequency));

    public static long ToMicroseconds(this TimeSpan span) => (span.Ticks + TimeSpan.TicksPerMicrosecond - 1) / TimeSpan.TicksPerMicrosecond;

    private static long Scale(long value, long numerator, long denominator) =>
        (long)((((Int128)value * numerator) + denominator - 1) / denominator);
}
