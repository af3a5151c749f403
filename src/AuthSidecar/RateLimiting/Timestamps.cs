namespace AuthSidecar.RateLimiting;

/// <summary>Between lengths of time and differences of a clock's timestamps, rounded up: nothing stops counting too early and nobody comes back too early.</summary>
internal static class Timestamps
{
    public static long ToTimestamps(this TimeProvider time, TimeSpan span) => Scale(span.Ticks, time.TimestampFrequency, TimeSpan.TicksPerSecond);

    public static TimeSpan ToTimeSpan(this TimeProvider time, long timestamps) => new(Scale(timestamps, TimeSpan.TicksPerSecond, time.TimestampFrequency));

    private static long Scale(long value, long numerator, long denominator) =>
        (long)((((Int128)value * numerator) + denominator - 1) / denominator);
}
