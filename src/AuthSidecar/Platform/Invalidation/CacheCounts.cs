using System.Diagnostics.Metrics;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>
/// Hits and misses of a cache. Plain fields, read by an observable counter: incrementing a field costs less than calling a metrics
/// listener.
/// </summary>
internal sealed class CacheCounts(string cache)
{
    private long _hits;
    private long _misses;

    public void Hit() => Interlocked.Increment(ref _hits);

    public void Miss() => Interlocked.Increment(ref _misses);

    public IEnumerable<Measurement<long>> Read() =>
        [
            new(Interlocked.Read(ref _hits), new("cache", cache), new("result", "hit")),
            new(Interlocked.Read(ref _misses), new("cache", cache), new("result", "miss")),
        ];
}
