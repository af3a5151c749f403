using System.Diagnostics.Metrics;
using AuthSidecar.Decisions.Policies;

namespace AuthSidecar.Usage.TokenLimits;

/// <summary>Results of the token limits.</summary>
internal sealed class TokenMetrics
{
    private readonly Counter<long> _refused;
    private readonly Counter<long> _withoutRedis;

    public TokenMetrics(Meter meter, MemoryTokenWindows windows)
    {
        meter.CreateObservableGauge(
            "authsidecar_token_reservations",
            () => windows.Count,
            null,
            "Requests whose tokens are in a window of this replica."
        );
        _refused = meter.CreateCounter<long>("authsidecar_token_limited_total", null, "Requests denied with 429 rate_limited_tokens.");
        _withoutRedis = meter.CreateCounter<long>(
            "authsidecar_token_limiter_fallback_total",
            null,
            "Requests decided without Redis, which counts tokens."
        );
    }

    public void CountRefused(string policy) => _refused.Add(1, new KeyValuePair<string, object?>("policy", policy));

    public void CountWithoutRedis(RedisDownAnswer answer) => _withoutRedis.Add(1, answer.Label());
}
