using System.Diagnostics.Metrics;

namespace AuthSidecar.Envoy.AccessLogs;

/// <summary>Counts entries of Envoy's access log.</summary>
internal sealed class AccessLogMetrics(Meter meter)
{
    private readonly Counter<long> _entries = meter.CreateCounter<long>(
        "authsidecar_access_log_entries_total",
        null,
        "Entries of Envoy's access log."
    );

    public void Count(AccessLogResult result, int entries = 1) =>
        _entries.Add(
            entries,
            new KeyValuePair<string, object?>(
                "result",
                result switch
                {
                    AccessLogResult.Socket => "socket",
                    AccessLogResult.Request => "request",
                    AccessLogResult.Undecided => "undecided",
                    AccessLogResult.WrongMac => "wrong_mac",
                    _ => "malformed",
                }
            )
        );
}
