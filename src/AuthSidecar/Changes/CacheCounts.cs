using System.Diagnostics.Metrics;

namespace AuthSidecar.Changes;

/// <summary>How often a cache had the answer. Fields that are read when somebody asks: a hit is worth less than a call to a listener.</summary>
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
