using AuthSidecar.Access.Identities;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Access.Authentication;

/// <summary>
/// One cache for keys whose secret was verified and one for keys named by id. Separate, so that a key named by id never authenticates a
/// token.
/// </summary>
internal sealed class KeyCaches(CacheOptions options, TimeProvider time, CacheMetrics metrics) : ICacheInvalidationHandler
{
    private readonly CacheCounts _byToken = metrics.Of("key_token");
    private readonly CacheCounts _byId = metrics.Of("key_id");

    public IdentityCache<TokenHash> ByToken { get; } = new(options, time, options.MaxStaleness);

    public IdentityCache<string> ById { get; } = new(options, time, options.MaxStaleness);

    public CacheCounts Counts<TKey>() => typeof(TKey) == typeof(TokenHash) ? _byToken : _byId;

    public void Invalidate(InvalidationSet invalidations)
    {
        ByToken.Invalidate(invalidations);
        ById.Invalidate(invalidations);
    }
}
