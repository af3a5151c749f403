using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Decisions.Service;

/// <summary>Counts decisions. Labels are names from the configuration and reasons of the catalogue, which bounds their number.</summary>
internal sealed class DecisionMetrics
{
    private static readonly double[] _seconds =
    [
        0.000_1,
        0.000_25,
        0.000_5,
        0.001,
        0.002_5,
        0.005,
        0.01,
        0.025,
        0.05,
        0.1,
        0.25,
        0.5,
        1,
        2.5,
    ];

    // Plain fields, read on collection: counting is frequent and collecting is rare.
    private readonly ConcurrentDictionary<string, Cell> _allowed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Decision, string Reason, string Policy), Cell> _denied = new();
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _shadowed;

    public DecisionMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterNames.Sidecar);
        meter.CreateObservableCounter("authsidecar_decisions_total", Read, null, "Decisions.");
        _duration = meter.CreateHistogram<double>(
            "authsidecar_check_duration_seconds",
            "s",
            "Duration of a Check from Envoy's request to the answer, without the transport.",
            null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = _seconds }
        );
        _shadowed = meter.CreateCounter<long>("authsidecar_shadow_refusals_total", null, "Denials that a Shadow policy did not enforce.");
    }

    public void Count(CheckContext context, Decision decision, TimeSpan duration)
    {
        var policy = context.ChosenPolicy?.Name ?? "";
        var cell = decision.Denial is { } denial
            ? _denied.GetOrAdd((decision.Name, denial.Reason, policy), static _ => new())
            : _allowed.GetOrAdd(policy, static _ => new());
        Interlocked.Increment(ref cell.Count);
        if (_duration.Enabled)
        {
            _duration.Record(duration.TotalSeconds);
        }

        if (context.Shadowed.Count > 0)
        {
            CountShadowed(context, policy);
        }
    }

    private void CountShadowed(CheckContext context, string policy)
    {
        foreach (var denial in context.Shadowed)
        {
            _shadowed.Add(1, new("reason", denial.Reason), new("policy", policy));
        }
    }

    private IEnumerable<Measurement<long>> Read() =>
        _allowed
            .Select(cell => Of("allow", "", cell.Key, cell.Value))
            .Concat(_denied.Select(cell => Of(cell.Key.Decision, cell.Key.Reason, cell.Key.Policy, cell.Value)));

    private static Measurement<long> Of(string decision, string reason, string policy, Cell cell) =>
        new(Interlocked.Read(ref cell.Count), new("decision", decision), new("reason", reason), new("policy", policy));

    private sealed class Cell
    {
        public long Count;
    }
}
