using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace AuthSidecar.Platform.Storage;

/// <summary>Points in time as the store keeps them: whole microseconds of UTC, so that a value reads back as it was written.</summary>
internal static class Instant
{
    public static DateTimeOffset Now(TimeProvider time) => Truncate(time.GetUtcNow());

    public static DateTimeOffset Truncate(DateTimeOffset value) => FromMicroseconds(ToMicroseconds(value));

    public static long ToMicroseconds(DateTimeOffset value) =>
        (value.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromMicroseconds(long value) => DateTimeOffset.UnixEpoch.AddTicks(value * TimeSpan.TicksPerMicrosecond);
}

internal sealed class InstantConverter()
    : ValueConverter<DateTimeOffset, long>(value => Instant.ToMicroseconds(value), stored => Instant.FromMicroseconds(stored));

internal sealed class DurationConverter()
    : ValueConverter<TimeSpan, long>(
        value => value.Ticks / TimeSpan.TicksPerMicrosecond,
        stored => TimeSpan.FromTicks(stored * TimeSpan.TicksPerMicrosecond)
    );
