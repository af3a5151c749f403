using System.Diagnostics.Metrics;
using AuthSidecar.Decisions.Policies;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>Counters of the limits. Label values are configured names and constants, so their number is bounded.</summary>
internal sealed class LimitMetrics(Meter meter)
{
    private readonly Counter<long> _limited = meter.CreateCounter<long>(
        "authsidecar_rate_limited_total",
        null,
        "Requests denied with 429 rate_limited."
    );
    private readonly Counter<long> _withoutRedis = meter.CreateCounter<long>(
        "authsidecar_limiter_fallback_total",
        null,
        "Requests decided without Redis, which counts them."
    );
    private readonly Counter<long> _lookups = meter.CreateCounter<long>(
        "authsidecar_lookups_refused_total",
        null,
        "Key lookups and JWT verifications denied with 429 too_many_failures."
    );

    /// <param name="policy">The policy; empty: a call of the companion listener.</param>
    public void CountLimited(string policy) => _limited.Add(1, new KeyValuePair<string, object?>("policy", policy));

    public void CountWithoutRedis(RedisDownAnswer answer) => _withoutRedis.Add(1, answer.Label());

    public void CountLookupRefused() => _lookups.Add(1);
}
