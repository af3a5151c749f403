using System.Diagnostics.Metrics;
using AuthSidecar.Decisions.Policies;

namespace AuthSidecar.Access.ParallelLimits;

/// <summary>Running requests with a limit, and the results of their leases.</summary>
internal sealed class ParallelMetrics
{
    private readonly Counter<long> _refused;
    private readonly Counter<long> _withoutRedis;

    public ParallelMetrics(Meter meter, RequestLeaseTable table)
    {
        meter.CreateObservableGauge(
            "authsidecar_parallel_requests",
            () => table.Count,
            null,
            "Leases of running requests with a limit, of this replica."
        );
        meter.CreateObservableCounter(
            "authsidecar_parallel_leases_lapsed_total",
            () => table.Lapsed,
            null,
            "Leases of running requests that expired without a report of the end."
        );
        _refused = meter.CreateCounter<long>("authsidecar_parallel_refused_total", null, "Requests denied with 429 too_many_parallel.");
        _withoutRedis = meter.CreateCounter<long>(
            "authsidecar_parallel_fallback_total",
            null,
            "Requests decided without Redis, which counts running ones."
        );
    }

    public void CountRefused(string policy) => _refused.Add(1, new KeyValuePair<string, object?>("policy", policy));

    public void CountWithoutRedis(RedisDownAnswer answer) => _withoutRedis.Add(1, answer.Label());
}
