using System.Diagnostics.Metrics;
using System.Globalization;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>
/// Counts relayed sockets. Label values come from <see cref="CloseReason"/> and <see cref="Denials"/>, so their number is bounded.
/// </summary>
internal sealed class RelayMetrics
{
    private readonly Counter<long> _endings;

    public RelayMetrics(IMeterFactory meters, SocketRegistry sockets)
    {
        var meter = meters.Create(MeterNames.Sidecar);
        meter.CreateObservableGauge("authsidecar_relay_sockets", () => sockets.Count, null, "Relayed WebSockets that are open.");
        _endings = meter.CreateCounter<long>(
            "authsidecar_relay_endings_total",
            null,
            "Ended WebSockets of the relay, by close code and reason."
        );
    }

    public void Count(CloseReason reason) =>
        _endings.Add(1, new("code", reason.Code.ToString(CultureInfo.InvariantCulture)), new("reason", reason.Reason));
}
