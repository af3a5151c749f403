using System.Diagnostics.Metrics;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>
/// Duration of each step, waiting included. Samples at most 1,000 requests a second, because measuring costs more than most steps.
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
            "Duration of each step of a decision; at most 1,000 requests a second are measured.",
            null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = _seconds }
        );
    }

    /// <summary>Starts a measurement; false when this request is not sampled.</summary>
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

    /// <returns>Timestamp of the start of the next step.</returns>
    public long Record(ICheckStep step, long begun)
    {
        var now = _time.GetTimestamp();
        _duration.Record(_time.GetElapsedTime(begun, now).TotalSeconds, new KeyValuePair<string, object?>("step", step.Name));
        return now;
    }
}
