using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>A cache with its source: positive answers live for <c>Cache:VerdictTtl</c>, negative ones for ten seconds.</summary>
internal abstract class VerdictCache<TKey, TAnswer>(
    CacheOptions options,
    TimeProvider time,
    CacheCounts counts,
    Func<TKey, Task<TAnswer>> read
) : ReadThroughCache<TKey, TAnswer>(options.Capacity, options.VerdictTtl, _longestNo, time)
    where TKey : notnull
{
    private static readonly TimeSpan _longestNo = TimeSpan.FromSeconds(10);

    public CacheCounts Counts => counts;

    /// <summary>Denial returned when there is no answer.</summary>
    public virtual Denial DenialWhenUnavailable => Denials.StoreUnavailable;

    public Task<TAnswer> ReadAsync(TKey key, CancellationToken cancellationToken) => LoadAsync(key, () => read(key), cancellationToken);
}
