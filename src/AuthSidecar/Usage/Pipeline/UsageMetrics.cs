using System.Diagnostics.Metrics;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>Counters of the usage pipeline, and of tokens and cost. Provider labels are limited to configured names.</summary>
internal sealed class UsageMetrics
{
    private static readonly double[] _seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

    private readonly LiveOptions<Dictionary<string, ProviderOptions>>? _providers;
    private readonly Counter<long> _written;
    private readonly Counter<long> _retried;
    private readonly Counter<long> _spooled;
    private readonly Counter<long> _replayed;
    private readonly Counter<long> _torn;
    private readonly Counter<long> _dead;
    private readonly Counter<long> _tokens;
    private readonly Counter<long> _cost;
    private readonly Counter<long> _unpriced;
    private readonly Histogram<double> _duration;

    public UsageMetrics(
        IMeterFactory meters,
        UsageQueue queue,
        UsageSpool spool,
        LiveOptions<Dictionary<string, ProviderOptions>>? providers = null
    )
    {
        _providers = providers;
        var meter = meters.Create(MeterNames.Sidecar);
        meter.CreateObservableGauge(
            "authsidecar_usage_queue_depth",
            () => queue.Depth + queue.Held,
            null,
            "Usage reports waiting in memory."
        );
        meter.CreateObservableCounter("authsidecar_usage_offered_total", () => queue.Offered, null, "Usage reports recorded.");
        meter.CreateObservableCounter(
            "authsidecar_usage_dropped_total",
            () => queue.Dropped,
            null,
            "Usage reports lost because memory and disk were full."
        );
        meter.CreateObservableGauge("authsidecar_usage_spool_bytes", () => spool.Bytes, "By", "Size of the spool on disk.");
        _written = Count("authsidecar_usage_written_total", "Usage reports committed to the store.");
        _retried = Count("authsidecar_usage_retries_total", "Failed writes of usage to the store.");
        _spooled = Count("authsidecar_usage_spooled_total", "Usage reports spooled to disk.");
        _replayed = Count("authsidecar_usage_replayed_total", "Usage reports replayed from disk.");
        _torn = Count("authsidecar_usage_torn_lines_total", "Incomplete lines found in the spool.");
        _dead = Count("authsidecar_usage_dead_letters_total", "Usage reports rejected by the store.");
        _duration = meter.CreateHistogram<double>(
            "authsidecar_usage_write_duration_seconds",
            "s",
            "Duration of one write of usage to the store.",
            null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = _seconds }
        );
        _tokens = meter.CreateCounter<long>("authsidecar_tokens_total", null, "Tokens, as providers count them.");
        _cost = meter.CreateCounter<long>(
            "authsidecar_cost_micros_total",
            null,
            "Cost in millionths of the currency; an estimated cost stays counted as estimated when it becomes final."
        );
        _unpriced = meter.CreateCounter<long>("authsidecar_usage_unpriced_total", null, "Requests with counted tokens and no price.");

        Counter<long> Count(string name, string help)
        {
            var counter = meter.CreateCounter<long>(name, null, help);
            counter.Add(0);
            return counter;
        }
    }

    public void CountRetry() => _retried.Add(1);

    public void CountSpooled(int reports) => _spooled.Add(reports);

    public void CountReplayed(int reports) => _replayed.Add(reports);

    public void CountTorn(int lines) => _torn.Add(lines);

    public void CountDead(int reports) => _dead.Add(reports);

    public void CountWritten(int reports, TimeSpan duration, UsageChanges changes)
    {
        _written.Add(reports);
        _duration.Record(duration.TotalSeconds);
        if (_tokens.Enabled || _unpriced.Enabled)
        {
            foreach (var (before, after) in changes.Rows)
            {
                Count(before, after);
            }
        }
    }

    private void Count(UsageRow? before, UsageRow after)
    {
        var provider = NameOf(after.Provider);
        Count("input", after.InputTokens - (before?.InputTokens ?? 0));
        Count("output", after.OutputTokens - (before?.OutputTokens ?? 0));
        Count("cached_read", after.CachedReadTokens - (before?.CachedReadTokens ?? 0));
        Count("cached_write", after.CachedWriteTokens - (before?.CachedWriteTokens ?? 0));
        Count("reasoning", after.ReasoningTokens - (before?.ReasoningTokens ?? 0));
        if (UsageCost.IsUnpriced(after) && (before is null || !UsageCost.IsUnpriced(before)))
        {
            _unpriced.Add(1, new KeyValuePair<string, object?>("provider", provider));
        }

        var counted = before is not null && before.IsEstimated == after.IsEstimated ? before.CostMicros ?? 0 : 0;
        if (after.CostMicros - counted is { } cost and > 0)
        {
            _cost.Add(cost, new("provider", provider), new("estimated", after.IsEstimated ? "true" : "false"));
        }

        void Count(string kind, long? tokens)
        {
            if (tokens > 0)
            {
                _tokens.Add(tokens.Value, new("kind", kind), new("provider", provider));
            }
        }
    }

    private string NameOf(string? provider) =>
        provider is null ? ""
        : _providers?.Current.ContainsKey(provider) == true ? provider
        : "other";
}
