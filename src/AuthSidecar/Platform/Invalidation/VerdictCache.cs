using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>
/// A cache with its source: positive answers live for <c>Cache:VerdictTtl</c>, beyond it for <c>Cache:MaxStaleness</c> while a store that
/// is the source does not answer, negative ones for ten seconds.
/// </summary>
internal abstract class VerdictCache<TKey, TAnswer>(
    CacheOptions options,
    TimeProvider time,
    CacheCounts counts,
    Func<TKey, Task<TAnswer>> read,
    bool isOfStore
) : ReadThroughCache<TKey, TAnswer>(options.Capacity, options.VerdictTtl, _longestNo, time, isOfStore ? options.MaxStaleness : default)
    where TKey : notnull
{
    private static readonly TimeSpan _longestNo = TimeSpan.FromSeconds(10);

    public CacheCounts Counts => counts;

    /// <summary>Denial returned when there is no answer.</summary>
    public virtual Denial DenialWhenUnavailable => Denials.StoreUnavailable;

    public Task<TAnswer> ReadAsync(TKey key, CancellationToken cancellationToken) => LoadAsync(key, () => read(key), cancellationToken);

    public Task<TAnswer> RenewAsync(TKey key, CachedAnswer<TAnswer> remembered, bool isStoreUp, CancellationToken cancellationToken) =>
        RenewAsync(key, remembered, () => read(key), isStoreUp, cancellationToken);
}
