using System.Diagnostics.Metrics;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>Metrics of blocked and dropped log lines.</summary>
internal static class LogMetrics
{
    public static void Show(IMeterFactory meters, LineOutput output)
    {
        var meter = meters.Create(MeterNames.Sidecar);
        meter.CreateObservableCounter(
            "authsidecar_log_dropped_total",
            () =>
                Enum.GetValues<LineKind>()
                    .Select(kind => new Measurement<long>(output.Dropped(kind), new KeyValuePair<string, object?>("kind", kind.ToLabel()))),
            null,
            "Log lines dropped, because the reader blocked and memory was full."
        );
        meter.CreateObservableGauge(
            "authsidecar_log_waiting_bytes",
            () => output.Waiting,
            "By",
            "Log lines waiting in memory for the reader."
        );
    }
}
