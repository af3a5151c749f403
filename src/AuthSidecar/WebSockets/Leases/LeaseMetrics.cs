using System.Diagnostics.Metrics;
using AuthSidecar.Decisions.Policies;

namespace AuthSidecar.WebSockets.Leases;

/// <summary>Open WebSockets and the results of their leases.</summary>
internal sealed class LeaseMetrics
{
    private readonly Counter<long> _refused;
    private readonly Counter<long> _adopted;
    private readonly Counter<long> _withoutRedis;

    public LeaseMetrics(Meter meter, LeaseTable table)
    {
        meter.CreateObservableGauge("authsidecar_sockets_open", () => table.Count, null, "Leases of open WebSockets in this replica.");
        meter.CreateObservableCounter(
            "authsidecar_socket_leases_lapsed_total",
            () => table.Lapsed,
            null,
            "Leases that were neither renewed nor ended."
        );
        _adopted = meter.CreateCounter<long>(
            "authsidecar_socket_leases_adopted_total",
            null,
            "Open WebSockets adopted without a known lease."
        );
        _withoutRedis = meter.CreateCounter<long>(
            "authsidecar_socket_leases_fallback_total",
            null,
            "WebSockets decided without Redis, which counts them."
        );
        _refused = meter.CreateCounter<long>("authsidecar_sockets_refused_total", null, "WebSockets denied with 426 too_many_sockets.");
    }

    public void CountAdopted() => _adopted.Add(1);

    public void CountWithoutRedis(RedisDownAnswer answer) => _withoutRedis.Add(1, answer.Label());

    /// <param name="cap">The cap that was reached: <c>user</c> or <c>replica</c>.</param>
    public void CountRefused(string cap) => _refused.Add(1, new KeyValuePair<string, object?>("cap", cap));
}
