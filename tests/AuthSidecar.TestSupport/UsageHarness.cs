using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.TestSupport;

/// <summary>The complete usage pipeline into a store, composed as in the sidecar, with prices that are easy to add up.</summary>
internal sealed class UsageHarness : IAsyncDisposable
{
    private readonly TestMeters _meters = new();
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<(Instrument, object?, object?), Series> _series = new();
    private readonly SettlementNotifier _notifier;
    private readonly UsageBatchWriter _batches;
    private readonly UsageWriter _writer;
    private bool _isStopped;

    public UsageHarness(
        Store store,
        string spool,
        int capacity = 65_536,
        long mostBytes = UsageSpool.MostBytes,
        Func<string, Stream>? create = null,
        SettlementHandler? settle = null,
        TimeSpan? patience = null
    )
    {
        var time = TimeProvider.System;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == _meters)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
        Queue = new(capacity);
        Spool = new(spool, time, mostBytes, create, Alarm);
        var metrics = new UsageMetrics(_meters, Queue, Spool);
        Tables = new(store, CostOf);
        var box = new DeadLetterBox(store, Spool, Queue, metrics, time, NullLogger<DeadLetterBox>.Instance);
        _notifier = new(time, NullLogger<SettlementNotifier>.Instance, settle);
        _batches = new(store, Tables, box, metrics, time, _notifier, NullLogger<UsageBatchWriter>.Instance);

        // Long: a write on a busy machine may be slow, and a report that is spooled meanwhile is counted twice.
        _writer = new(Queue, _batches, Spool, metrics, time, NullLogger<UsageWriter>.Instance, patience ?? TimeSpan.FromMinutes(1));
    }

    public UsageQueue Queue { get; }

    public UsageSpool Spool { get; }

    public UsageRepository Tables { get; }

    /// <summary>The messages for standard error.</summary>
    public StringWriter Alarm { get; } = new();

    /// <summary>Price: one micro per input token and three per output token, if a price and a usage exist.</summary>
    public static long? CostOf(UsageRow row) =>
        row.Provider is "openai" or "anthropic" && row.Facts.HasFlag(UsageFacts.HasUsage)
            ? (row.InputTokens ?? 0) + (3 * (row.OutputTokens ?? 0))
            : null;

    /// <summary>The value of a counter.</summary>
    /// <param name="name">Name without <c>authsidecar_</c> and <c>_total</c>; with labels as <c>name{value,value}</c>.</param>
    public long Count(string name) => _series.Values.Where(series => series.Name == name).Sum(series => series.Value);

    /// <summary>Polls until a condition holds.</summary>
    public async Task UntilAsync(Func<bool> isTrue)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!isTrue())
        {
            await Task.Delay(5, limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException(
                    $"Not within two minutes; depth {Queue.Depth}, dropped {Queue.Dropped}, {string.Join(' ', _series.Values)}"
                );
            }
        }
    }

    public Task StartAsync() => _writer.StartAsync(CancellationToken.None);

    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        _isStopped = true;
        await _writer.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isStopped)
        {
            await StopAsync(new(canceled: true));
        }

        _writer.Dispose();
        _batches.Dispose();
        _notifier.Dispose();
        _listener.Dispose();
        _meters.Dispose();
        await Alarm.DisposeAsync();
    }

    // Cheap, because it runs several times for each request of a benchmark. Counters have at most two labels.
    private void Add(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var (first, second) = (tags.Length > 0 ? tags[0].Value : null, tags.Length > 1 ? tags[1].Value : null);
        if (!_series.TryGetValue((instrument, first, second), out var series))
        {
            var name = instrument
                .Name.Replace("authsidecar_", "", StringComparison.Ordinal)
                .Replace("_total", "", StringComparison.Ordinal);
            var labels = string.Join(',', tags.ToArray().Select(tag => tag.Value));
            series = _series.GetOrAdd((instrument, first, second), new Series(labels.Length > 0 ? $"{name}{{{labels}}}" : name));
        }

        series.Add(value);
    }

    private sealed class Series(string name)
    {
        private long _value;

        public string Name => name;

        public long Value => Interlocked.Read(ref _value);

        public void Add(long value) => Interlocked.Add(ref _value, value);

        public override string ToString() => $"{name}={Value}";
    }
}
