using System.Diagnostics.Metrics;
using System.Globalization;
using AuthSidecar.Telemetry;

namespace AuthSidecar.Relay;

/// <summary>Counts relayed sockets. Labels are the relay's own words, so there are few of them.</summary>
internal sealed class RelayMetrics
{
    private readonly Counter<long> _endings;

    public RelayMetrics(IMeterFactory meters, SocketRegistry sockets)
    {
        var meter = meters.Create(MeterNames.Sidecar);
        meter.CreateObservableGauge("authsidecar_relay_sockets", () => sockets.Count, null, "Relayed WebSockets that are open.");
        _endings = meter.CreateCounter<long>("authsidecar_relay_endings_total", null, "WebSockets of the relay by how they ended.");
    }

    public void Count(CloseReason ending) => _endings.Add(1, new("code", ending.Code.ToString(CultureInfo.InvariantCulture)), new("reason", ending.Reason));
}
