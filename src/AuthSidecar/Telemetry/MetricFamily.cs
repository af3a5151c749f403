using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace AuthSidecar.Telemetry;

internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>All series of one name.</summary>
internal sealed class MetricFamily
{
    private static readonly double[] _usualBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], MetricSeries> _byTags = new(TagsComparer.Instance);
    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], MetricSeries>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _lookup;
    private readonly ConcurrentDictionary<string, MetricSeries> _byLabels = new(StringComparer.Ordinal);
    private readonly bool _isAdded;
    private readonly double[] _bounds;

    private MetricFamily(string name, string help, MetricKind kind, bool isObservable, bool isAdded, double[] bounds)
    {
        (Name, Help, Kind, IsObservable, _isAdded, _bounds) = (name, help, kind, isObservable, isAdded, bounds);
        _lookup = _byTags.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
    }

    public string Name { get; }

    public string Help { get; }

    public MetricKind Kind { get; }

    /// <summary>True when it is asked for its values, all of them, at each collection.</summary>
    public bool IsObservable { get; }

    public IEnumerable<MetricSeries> Series => _byLabels.Values;

    public static MetricFamily Of(Instrument instrument)
    {
        var type = instrument.GetType().GetGenericTypeDefinition();
        var kind = type == typeof(Histogram<>) ? MetricKind.Histogram
            : type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter
            : MetricKind.Gauge;
        var name = PrometheusText.Name(instrument.Name, kind);
        return new(name, instrument.Description ?? "", kind, instrument.IsObservable, type == typeof(Counter<>) || type == typeof(UpDownCounter<>), kind == MetricKind.Histogram ? Bounds(instrument) : []);
    }

    public bool IsLike(MetricFamily other) =>
        (Kind, IsObservable, _isAdded, Help) == (other.Kind, other.IsObservable, other._isAdded, other.Help) && _bounds.SequenceEqual(other._bounds);

    public void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!_lookup.TryGetValue(tags, out var series))
        {
            series = _byLabels.GetOrAdd(PrometheusText.Labels(tags), labels => new(labels, _bounds));
            _lookup.TryAdd(tags, series);
        }

        if (Kind == MetricKind.Histogram)
        {
            series.Observe(value);
        }
        else if (_isAdded)
        {
            series.Add(value);
        }
        else
        {
            series.Set(value);
        }
    }

    public void Clear()
    {
        _byTags.Clear();
        _byLabels.Clear();
    }

    private static double[] Bounds(Instrument instrument)
    {
        var advised = instrument switch
        {
            Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => bounds.ToArray(),
            Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } => bounds.Select(bound => (double)bound).ToArray(),
            Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds } => bounds.Select(bound => (double)bound).ToArray(),
            _ => _usualBounds,
        };
        return [.. advised.Where(double.IsFinite).Distinct().Order()];
    }

    private sealed class TagsComparer : IEqualityComparer<KeyValuePair<string, object?>[]>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
    {
        public static TagsComparer Instance { get; } = new();

        public bool Equals(KeyValuePair<string, object?>[]? x, KeyValuePair<string, object?>[]? y) => x is not null && y is not null && Equals(x.AsSpan(), y);

        public int GetHashCode(KeyValuePair<string, object?>[] obj) => GetHashCode((ReadOnlySpan<KeyValuePair<string, object?>>)obj);

        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, KeyValuePair<string, object?>[] other)
        {
            if (alternate.Length != other.Length)
            {
                return false;
            }

            for (var index = 0; index < other.Length; index++)
            {
                if (alternate[index].Key != other[index].Key || !object.Equals(alternate[index].Value, other[index].Value))
                {
                    return false;
                }
            }

            return true;
        }

        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
        {
            var hash = 17;
            foreach (var tag in alternate)
            {
                hash = (hash * 31) + (tag.Value?.GetHashCode() ?? 0);
            }

            return hash;
        }

        public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => alternate.ToArray();
    }
}
