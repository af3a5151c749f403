namespace AuthSidecar.Telemetry;

/// <summary>One value, or one histogram, of a name under certain labels. Written by many at once.</summary>
/// <param name="labels">As they are shown, without braces.</param>
/// <param name="bounds">Upper bounds of a histogram's buckets, ascending.</param>
internal sealed class MetricSeries(string labels, double[] bounds)
{
    private readonly long[] _buckets = new long[bounds.Length + 1];
    private double _value;

    public string Labels { get; } = labels;

    /// <summary>The value, or the sum of what was observed.</summary>
    public double Value => Volatile.Read(ref _value);

    public IReadOnlyList<double> Bounds => bounds;

    /// <summary>How many were observed up to each bound; the last is how many there were.</summary>
    public long[] Cumulate()
    {
        var counts = new long[_buckets.Length];
        var sum = 0L;
        for (var index = 0; index < counts.Length; index++)
        {
            counts[index] = sum += Interlocked.Read(ref _buckets[index]);
        }

        return counts;
    }

    public void Set(double value) => Volatile.Write(ref _value, value);

    public void Add(double value)
    {
        for (var seen = Volatile.Read(ref _value); ;)
        {
            var found = Interlocked.CompareExchange(ref _value, seen + value, seen);
            if (found.Equals(seen))
            {
                return;
            }

            seen = found;
        }
    }

    public void Observe(double value)
    {
        if (double.IsNaN(value))
        {
            return;
        }

        var bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _buckets[bucket]);
        Add(value);
    }
}
