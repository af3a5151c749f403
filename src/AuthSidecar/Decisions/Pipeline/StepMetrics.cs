using System.Diagnostics.Metrics;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>
/// How long each step takes, by the step's name, waiting included. Of a thousand requests a second at most, because all of them would cost
/// more than most steps do.
/// </summary>
internal sealed class StepMetrics
{
    private static readonly double[] _seconds =
    [
        0.000_001,
        0.000_005,
        0.000_01,
        0.000_05,
        0.000_1,
        0.000_5,
        0.001,
        0.005,
        0.01,
        0.05,
        0.1,
        0.5,
        1,
    ];
    private static readonly TimeSpan _gap = TimeSpan.FromMilliseconds(1);

    private readonly Histogram<double> _duration;
    private readonly TimeProvider _time;
    private readonly long _gapTicks;
    private long _next = long.MinValue;

    public StepMetrics(Meter meter, TimeProvider time)
    {
        _time = time;
        _gapTicks = time.ToTimestamps(_gap);
        _duration = meter.CreateHistogram<double>(
            "authsidecar_step_duration_seconds",
            "s",
            "Time of one step of a decision, of a thousand requests a second at most.",
            null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = _seconds }
        );
    }

    /// <summary>Whether the request that begins now is one of those that are measured.</summary>
    public bool Begin(out long timestamp)
    {
        timestamp = 0;
        if (!_duration.Enabled)
        {
            return false;
        }

        timestamp = _time.GetTimestamp();
        var next = Volatile.Read(ref _next);
        return timestamp >= next && Interlocked.CompareExchange(ref _next, timestamp + _gapTicks, next) == next;
    }

    /// <returns>The timestamp at which the next step begins.</returns>
    public long Record(ICheckStep step, long begun)
    {
        var now = _time.GetTimestamp();
        _duration.Record(_time.GetElapsedTime(begun, now).TotalSeconds, new KeyValuePair<string, object?>("step", step.Name));
        return now;
    }
}
