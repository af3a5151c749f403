using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AuthSidecar.Access.RateLimiting;

namespace AuthSidecar.Tests.Access.RateLimiting;

/// <summary>A separate meter and its counts by <c>name{label=value}</c>.</summary>
internal sealed class TestMetrics : IMeterFactory
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _counts = [];

    public TestMetrics()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == Meter)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>(
            (instrument, count, labels, _) =>
            {
                var text = string.Join(',', labels.ToArray().Select(label => $"{label.Key}={label.Value}"));
                _counts.AddOrUpdate($"{instrument.Name}{{{text}}}", count, (_, before) => before + count);
            }
        );
        _listener.Start();
        Limits = new(Meter);
    }

    public Meter Meter { get; } = new(nameof(TestMetrics));

    public LimitMetrics Limits { get; }

    public IReadOnlyDictionary<string, long> Counts => _counts;

    public Meter Create(MeterOptions options) => Meter;

    public void Dispose()
    {
        _listener.Dispose();
        Meter.Dispose();
    }
}
