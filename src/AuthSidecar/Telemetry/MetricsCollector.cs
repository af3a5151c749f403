using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace AuthSidecar.Telemetry;

/// <summary>Listens to the sidecar's instruments from the start of the process on and keeps what they measured. Label values are kept for ever: an instrument's labels must have few.</summary>
internal sealed partial class MetricsCollector : IDisposable
{
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();
    private readonly Lock _collecting = new();
    private readonly ILogger<MetricsCollector> _logger;

    /// <param name="meters">Whose instruments: another host in this process has its own.</param>
    /// <param name="logger">Told of instruments that cannot be shown or read.</param>
    public MetricsCollector(IMeterFactory meters, ILogger<MetricsCollector> logger)
    {
        _logger = logger;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == MeterNames.Sidecar && ReferenceEquals(instrument.Meter.Scope, meters) && FamilyOf(instrument) is { } family)
            {
                listener.EnableMeasurementEvents(instrument, family);
            }
        };
        _listener.SetMeasurementEventCallback<byte>(static (_, value, labels, family) => Measure(family, value, labels));
        _listener.SetMeasurementEventCallback<short>(static (_, value, labels, family) => Measure(family, value, labels));
        _listener.SetMeasurementEventCallback<int>(static (_, value, labels, family) => Measure(family, value, labels));
        _listener.SetMeasurementEventCallback<long>(static (_, value, labels, family) => Measure(family, value, labels));
        _listener.SetMeasurementEventCallback<float>(static (_, value, labels, family) => Measure(family, value, labels));
        _listener.SetMeasurementEventCallback<double>(static (_, value, labels, family) => Measure(family, value, labels));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, labels, family) => Measure(family, (double)value, labels));
        _listener.Start();
    }

    /// <summary>Everything measured so far, in the text format of Prometheus.</summary>
    public string Collect()
    {
        lock (_collecting)
        {
            foreach (var family in _families.Values.Where(family => family.IsObservable))
            {
                family.Clear();
            }

            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException fault)
            {
                LogUnread(fault);
            }

            return PrometheusText.Write(_families.Values.OrderBy(family => family.Name, StringComparer.Ordinal));
        }
    }

    public void Dispose() => _listener.Dispose();

    private static void Measure(object? family, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels) => ((MetricFamily)family!).Measure(value, labels);

    private MetricFamily? FamilyOf(Instrument instrument)
    {
        var wanted = MetricFamily.Of(instrument);
        var family = _families.GetOrAdd(wanted.Name, wanted);
        if (family.IsLike(wanted))
        {
            return family;
        }

        LogClash(instrument.Name);
        return null;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "There are two different instruments {Name}; the second is not shown.")]
    private partial void LogClash(string name);

    [LoggerMessage(Level = LogLevel.Error, Message = "Some instruments could not be read.")]
    private partial void LogUnread(Exception fault);
}
