using System.Diagnostics.Metrics;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;
using AuthSidecar.Usage.Observation;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Envoy.ExtProc;

/// <summary>Counters of observed responses. The label is limited to the values of <see cref="ResultOf"/>.</summary>
internal sealed class ObserverMetrics
{
    private readonly Counter<long> _responses;
    private long _open;

    public ObserverMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterNames.Sidecar);
        _responses = meter.CreateCounter<long>("authsidecar_observed_responses_total", null, "Observed responses by result.");
        meter.CreateObservableCounter(
            "authsidecar_observer_decoders_refused_total",
            () => Each(pool => pool.Refused),
            null,
            "Compressed bodies that passed unread because the decoders' memory was exhausted."
        );
        meter.CreateObservableGauge(
            "authsidecar_observer_decoders_bytes",
            () => Each(pool => pool.Used),
            "By",
            "Memory reserved by decoders of compressed bodies."
        );
        meter.CreateObservableGauge(
            "authsidecar_observed_streams",
            () => Interlocked.Read(ref _open),
            null,
            "Responses that the observer is reading."
        );
    }

    public void Open() => Interlocked.Increment(ref _open);

    public void Close() => Interlocked.Decrement(ref _open);

    public void Count(UsageReport report) => _responses.Add(1, new KeyValuePair<string, object?>("result", ResultOf(report)));

    private static Measurement<long>[] Each(Func<DecoderPool, long> value) =>
        [
            .. new[] { DecoderPool.Requests, DecoderPool.Responses }.Select(pool => new Measurement<long>(
                value(pool),
                new KeyValuePair<string, object?>("body", pool.Name)
            )),
        ];

    private static string ResultOf(UsageReport report) =>
        report switch
        {
            _ when !report.Facts.HasFlag(UsageFacts.Ended) => "cut_off",
            _ when report.Facts.HasFlag(UsageFacts.UpstreamFailed) => "upstream_error",
            _ when report.Facts.HasFlag(UsageFacts.HasUsage) => "usage",
            { ErrorType: not null, Status: < UsageValues.FirstErrorStatus } => "unreadable",
            _ => "no_usage",
        };
}
