using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AuthSidecar.Storage;
using AuthSidecar.Usage;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.TestSupport;

/// <summary>The whole way of usage into a store, as the sidecar puts it together, with prices that are easy to add up.</summary>
internal sealed class UsageRig : IAsyncDisposable
{
    private readonly TestMeters _meters = new();
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _counts = new();
    private readonly Settler _settler;
    private readonly UsageWriter _writer;
    private readonly UsageOverflow _overflow;
    private bool _isStopped;

    public UsageRig(Store store, string spool, int capacity = 65_536, long mostBytes = UsageSpool.MostBytes, Func<string, Stream>? create = null, Settlement? settle = null, TimeSpan? patience = null)
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
        _settler = new(time, NullLogger<Settler>.Instance, settle);
        var transfer = new UsageTransfer(store, Tables, box, metrics, time, _settler);
        var spill = new UsageSpill(Queue, Spool, metrics, NullLogger<UsageSpill>.Instance);

        // Long: on a busy machine any write may take its time, and what is on disk too is counted twice.
        _writer = new(Queue, transfer, Spool, spill, metrics, time, NullLogger<UsageWriter>.Instance, patience ?? TimeSpan.FromMinutes(1));
        _overflow = new(Queue, spill, time, NullLogger<UsageOverflow>.Instance);
    }

    public UsageQueue Queue { get; }

    public UsageSpool Spool { get; }

    public UsageTables Tables { get; }

    /// <summary>What would stand on standard error.</summary>
    public StringWriter Alarm { get; } = new();

    /// <summary>A micro for a token that goes in and three for one that comes out, where there are both a price and a usage.</summary>
    public static long? CostOf(UsageRow row) =>
        row.Provider is "openai" or "anthropic" && row.Facts.HasFlag(UsageFacts.HasUsage) ? (row.InputTokens ?? 0) + (3 * (row.OutputTokens ?? 0)) : null;

    /// <summary>What a counter has come to.</summary>
    /// <param name="name">Without <c>authsidecar_</c> and <c>_total</c>; with labels as <c>name{value,value}</c>.</param>
    public long Count(string name) => (long)_counts.GetValueOrDefault(name);

    /// <summary>Waits for what must come about by itself.</summary>
    public async Task UntilAsync(Func<bool> isTrue)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!isTrue())
        {
            await Task.Delay(5, limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException($"Not within two minutes; depth {Queue.Depth}, dropped {Queue.Dropped}, {string.Join(' ', _counts)}");
            }
        }
    }

    public async Task StartAsync()
    {
        await _writer.StartAsync(CancellationToken.None);
        await _overflow.StartAsync(CancellationToken.None);
    }

    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        _isStopped = true;
        await _overflow.StopAsync(cancellationToken);
        await _writer.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isStopped)
        {
            await StopAsync(new(canceled: true));
        }

        _overflow.Dispose();
        _writer.Dispose();
        _settler.Dispose();
        _listener.Dispose();
        _meters.Dispose();
        await Alarm.DisposeAsync();
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = instrument.Name.Replace("authsidecar_", "", StringComparison.Ordinal).Replace("_total", "", StringComparison.Ordinal);
        var labels = string.Join(',', tags.ToArray().Select(tag => tag.Value));
        _counts.AddOrUpdate(labels.Length > 0 ? $"{name}{{{labels}}}" : name, value, (_, sum) => sum + value);
    }
}
