using System.Diagnostics.Metrics;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Keys;

/// <summary>Counts the keys in force by pepper once a minute, and warns of those whose pepper was removed.</summary>
internal sealed partial class PepperCensus : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);

    private readonly Store _store;
    private readonly KeyHasher _hasher;
    private readonly TimeProvider _time;
    private readonly ILogger<PepperCensus> _logger;
    private volatile IReadOnlyDictionary<string, int> _counts = new Dictionary<string, int>();
    private object? _warned;

    public PepperCensus(Store store, KeyHasher hasher, TimeProvider time, IMeterFactory meters, ILogger<PepperCensus> logger)
    {
        (_store, _hasher, _time, _logger) = (store, hasher, time, logger);
        meters
            .Create(MeterNames.Sidecar)
            .CreateObservableGauge(
                "authsidecar_keys_by_pepper",
                () => _counts.Select(count => new Measurement<int>(count.Value, new KeyValuePair<string, object?>("pepper", count.Key))),
                null,
                "Keys in force by the pepper of their hash."
            );
    }

    /// <summary>Number of keys by the name of their pepper, at the last count.</summary>
    public IReadOnlyDictionary<string, int> Counts => _counts;

    /// <summary>Counts now.</summary>
    public async Task CountAsync(CancellationToken cancellationToken)
    {
        var generation = _hasher.Generation;
        var names = new PepperNames(_hasher.PepperIds);
        await using var context = _store.Open();
        var groups = await KeyStatuses
            .InForce(context.ApiKeys, _time.GetUtcNow())
            .Where(key => key.Hash != null)
            .GroupBy(key => new { key.Pepper, key.IsHashImported })
            .Select(group => new
            {
                group.Key.Pepper,
                group.Key.IsHashImported,
                Count = group.Count(),
            })
            .ToListAsync(cancellationToken);
        var counts = groups
            .GroupBy(group => names.Of(group.Pepper, group.IsHashImported))
            .ToDictionary(group => group.Key, group => group.Sum(each => each.Count));
        _counts = counts;
        if (counts.GetValueOrDefault(PepperNames.Removed) is var removed and > 0 && !ReferenceEquals(_warned, generation))
        {
            _warned = generation;
            LogRemoved(removed);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, _time);
        do
        {
            try
            {
                await CountAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(exception);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Count} keys in force are hashed with a pepper that Auth:Peppers no longer holds; they are refused with 401."
    )]
    private partial void LogRemoved(int count);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Keys not counted by pepper; counted again in a minute.")]
    private partial void LogFailed(Exception exception);
}
