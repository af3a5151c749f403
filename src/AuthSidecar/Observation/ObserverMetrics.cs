using System.Diagnostics.Metrics;
using AuthSidecar.Storage;
using AuthSidecar.Telemetry;

namespace AuthSidecar.Observation;

/// <summary>What was observed. The label has as many values as <see cref="Word"/> can give.</summary>
internal sealed class ObserverMetrics
{
    private readonly Counter<long> _responses;
    private long _open;

    public ObserverMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterNames.Sidecar);
        _responses = meter.CreateCounter<long>("authsidecar_observed_responses_total", null, "Responses that were read as they passed, by what was found in them.");
        meter.CreateObservableCounter("authsidecar_observer_decoders_refused_total", () => Each(pool => pool.Refused), null, "Compressed bodies that were not read, because those that were took all the memory that they may.");
        meter.CreateObservableGauge("authsidecar_observer_decoders_bytes", () => Each(pool => pool.Used), "By", "Memory that decoders of compressed bodies may take now.");
        meter.CreateObservableGauge("authsidecar_observed_streams", () => Interlocked.Read(ref _open), null, "Responses that are passing now.");
    }

    public void Open() => Interlocked.Increment(ref _open);

    public void Close() => Interlocked.Decrement(ref _open);

    public void Count(UsageRow part) => _responses.Add(1, new KeyValuePair<string, object?>("result", Word(part)));

    private static Measurement<long>[] Each(Func<DecoderPool, long> value) =>
        [.. new[] { DecoderPool.Requests, DecoderPool.Responses }.Select(pool => new Measurement<long>(value(pool), new KeyValuePair<string, object?>("body", pool.Name)))];

    private static string Word(UsageRow part) => part switch
    {
        _ when !part.Facts.HasFlag(UsageFacts.Ended) => "cut_off",
        _ when part.Facts.HasFlag(UsageFacts.UpstreamFailed) => "upstream_error",
        _ when part.Facts.HasFlag(UsageFacts.HasUsage) => "usage",
        { ErrorType: not null, Status: < 400 } => "unreadable",
        _ => "no_usage",
    };
}
