using System.Diagnostics.Metrics;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>Lines that the log did not take.</summary>
internal static class LogMetrics
{
    public static void Show(IMeterFactory meters, LineOutput output)
    {
        var meter = meters.Create(MeterNames.Sidecar);
        meter.CreateObservableCounter(
            "authsidecar_log_dropped_total",
            () =>
                Enum.GetValues<LineKind>()
                    .Select(kind => new Measurement<long>(output.Dropped(kind), new KeyValuePair<string, object?>("kind", kind.ToWord()))),
            null,
            "Lines of the log that are lost: neither its reader nor memory took them."
        );
        meter.CreateObservableGauge(
            "authsidecar_log_waiting_bytes",
            () => output.Waiting,
            "By",
            "Lines of the log that wait in memory for its reader."
        );
    }
}
