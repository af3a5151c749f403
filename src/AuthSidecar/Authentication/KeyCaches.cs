using System.Diagnostics.Metrics;
using AuthSidecar.Changes;
using AuthSidecar.Keys;
using AuthSidecar.Telemetry;

namespace AuthSidecar.Authentication;

/// <summary>One cache for keys whose secret was checked, and one for keys named by id alone: nothing of the second can answer for the first.</summary>
internal sealed class KeyCaches(CacheOptions options, TimeProvider time) : IChangeFollower
{
    private readonly CacheCounts _byToken = new("key_token");
    private readonly CacheCounts _byId = new("key_id");

    public IdentityCache<TokenHash> ByToken { get; } = new(options, time);

    public IdentityCache<string> ById { get; } = new(options, time);

    public CacheCounts Counts<TKey>() => typeof(TKey) == typeof(TokenHash) ? _byToken : _byId;

    public KeyCaches Observed(IMeterFactory meters)
    {
        meters.Create(MeterNames.Sidecar).CreateObservableCounter("authsidecar_cache_requests_total", () => _byToken.Read().Concat(_byId.Read()), null, "Questions to caches of this process.");
        return this;
    }

    public void Drop(ChangeSet changes)
    {
        ByToken.Drop(changes);
        ById.Drop(changes);
    }
}
