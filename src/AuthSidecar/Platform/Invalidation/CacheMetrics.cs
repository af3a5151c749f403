using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>Hits and misses of the caches of this process.</summary>
internal sealed class CacheMetrics
{
    private readonly ConcurrentDictionary<string, CacheCounts> _caches = new(StringComparer.Ordinal);

    public CacheMetrics(IMeterFactory meters) =>
        meters
            .Create(MeterNames.Sidecar)
            .CreateObservableCounter(
                "authsidecar_cache_requests_total",
                () => _caches.Values.SelectMany(counts => counts.Read()),
                null,
                "Cache lookups of this process."
            );

    /// <param name="cache">Label value.</param>
    public CacheCounts Of(string cache) => _caches.GetOrAdd(cache, name => new(name));
}
