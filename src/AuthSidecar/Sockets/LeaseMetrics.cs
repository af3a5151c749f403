using System.Diagnostics.Metrics;

namespace AuthSidecar.Sockets;

/// <summary>How many WebSockets are open and what their leases came to.</summary>
internal sealed class LeaseMetrics
{
    private readonly Counter<long> _refused;
    private readonly Counter<long> _adopted;

    public LeaseMetrics(Meter meter, LeaseTable table)
    {
        meter.CreateObservableGauge("authsidecar_sockets_open", () => table.Count, null, "Leases of open WebSockets in this replica.");
        meter.CreateObservableCounter("authsidecar_socket_leases_lapsed_total", () => table.Lapsed, null, "Leases that were neither renewed nor ended.");
        _adopted = meter.CreateCounter<long>("authsidecar_socket_leases_adopted_total", null, "Open WebSockets that no lease was known of.");
        _refused = meter.CreateCounter<long>("authsidecar_sockets_refused_total", null, "WebSockets refused with 426 too_many_sockets.");
    }

    public void CountAdopted() => _adopted.Add(1);

    /// <param name="cap">Which was full: <c>user</c> or <c>replica</c>.</param>
    public void CountRefused(string cap) => _refused.Add(1, new KeyValuePair<string, object?>("cap", cap));
}
