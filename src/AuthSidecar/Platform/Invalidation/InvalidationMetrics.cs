using System.Diagnostics.Metrics;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>Lag and messages of other replicas' invalidations.</summary>
internal sealed class InvalidationMetrics
{
    private const double ObjectiveSeconds = 1;

    // A probe is sent twice a second.
    private static readonly TimeSpan _longestSilence = TimeSpan.FromSeconds(5);
    private static readonly double[] _seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private readonly Meter _meter;
    private readonly TimeProvider _time;
    private readonly Histogram<double> _lag;
    private readonly Counter<long> _late;
    private readonly Counter<long> _messages;

    public InvalidationMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        _meter = meters.Create(MeterNames.Sidecar);
        _lag = _meter.CreateHistogram<double>(
            "authsidecar_revocation_lag_seconds",
            "s",
            "From the time in a change to its effect in this process, by the faster way; measured with the replicas' clocks.",
            null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = _seconds }
        );
        _late = _meter.CreateCounter<long>("authsidecar_revocation_late_total", null, "Changes that took longer than the objective.");
        _messages = _meter.CreateCounter<long>(
            "authsidecar_revocation_messages_total",
            null,
            "Messages about changes over Redis; only those with a valid MAC and known content are applied."
        );
        _meter.CreateObservableGauge(
            "authsidecar_revocation_objective_seconds",
            () => ObjectiveSeconds,
            "s",
            "Maximum time until a change is effective in this process."
        );
        _late.Add(0);
    }

    /// <param name="isUp">True if the store answered the last poll.</param>
    public void Observe(Func<bool> isUp) =>
        _meter.CreateObservableGauge("authsidecar_store_up", () => isUp() ? 1 : 0, null, "1 if the store answered the last call.");

    public void Observe(SubscriptionHealth subscription) =>
        _meter.CreateObservableGauge(
            "authsidecar_revocation_bus_up",
            () => subscription.IsUp(_time.GetTimestamp(), _time.ToTimestamps(_longestSilence)) ? 1 : 0,
            null,
            "1 while messages that this process sends over Redis arrive here."
        );

    /// <param name="result"><c>applied</c>, <c>ignored</c> (unknown content), <c>unsigned</c> or <c>forged</c>.</param>
    public void CountMessage(string result) => _messages.Add(1, new KeyValuePair<string, object?>("result", result));

    public void Measure(CacheInvalidation invalidation)
    {
        var lag = Math.Max(0, (_time.GetUtcNow() - invalidation.At).TotalSeconds);
        _lag.Record(lag);
        if (lag > ObjectiveSeconds)
        {
            _late.Add(1);
        }
    }
}
