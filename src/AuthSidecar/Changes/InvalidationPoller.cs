using AuthSidecar.Storage;
using AuthSidecar.Telemetry;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Changes;

/// <summary>Hears of what other processes changed, from the table and perhaps over Redis, and drops it from the caches. When no source has answered for long, the caches no longer count.</summary>
internal sealed partial class InvalidationPoller : BackgroundService
{
    private const int MostChanges = 10_000;
    private const int CommandSeconds = 1;
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(200);

    private readonly Func<SidecarDbContext, Task<long>> _latest = EF.CompileAsyncQuery(
        (SidecarDbContext context) => context.Invalidations.Select(invalidation => invalidation.Sequence).OrderByDescending(sequence => sequence).FirstOrDefault());

    private readonly Store _store;
    private readonly IReadOnlyList<ICacheInvalidationHandler> _handlers;
    private readonly TimeProvider _time;
    private readonly ILogger<InvalidationPoller> _logger;
    private readonly RevocationLagTracker _ledger;
    private readonly OutageLog _outage;
    private readonly long _longestSilence;
    private readonly SemaphoreSlim _polling = new(1);
    private long? _position;
    private long _lastSuccess = long.MinValue;
    private long _lastSuccessUtcTicks;

    public InvalidationPoller(Store store, IEnumerable<ICacheInvalidationHandler> handlers, CacheOptions options, InvalidationMetrics metrics, TimeProvider time, ILogger<InvalidationPoller> logger)
    {
        _store = store;
        _handlers = [.. handlers.OrderBy(handler => handler.RunsAfterCaches)];
        _time = time;
        _logger = logger;
        _ledger = new(metrics);
        _outage = new(time);
        _longestSilence = (long)(options.MaxStaleness.TotalSeconds * time.TimestampFrequency);
        store.Invalidations.Saved += InvalidateOwn;
        metrics.Observe(() => LastSuccess is not null && !_outage.IsDown);
    }

    /// <summary>The other source of changes, where there is one.</summary>
    public SubscriptionHealth Bus { get; } = new();

    /// <summary>As of when the caches reflect the store, or null before that was ever known.</summary>
    public DateTimeOffset? LastSuccess => Volatile.Read(ref _lastSuccessUtcTicks) is > 0 and var ticks ? new(ticks, TimeSpan.Zero) : null;

    /// <param name="now">The clock's timestamp.</param>
    public bool IsFresh(long now) =>
        Volatile.Read(ref _lastSuccess) is var last && last != long.MinValue && (now - last <= _longestSilence || Bus.Covers(last, now, _longestSilence));

    /// <summary>Forgets what another replica says that it changed. It may come early, twice or never.</summary>
    public void Receive(IReadOnlyList<CacheInvalidation> invalidations)
    {
        Invalidate(new(invalidations));
        _ledger.Receive(invalidations);
    }

    /// <summary>Catches up with the store.</summary>
    /// <returns>True when the store answered.</returns>
    public async Task<bool> PollAsync(CancellationToken cancellationToken)
    {
        await _polling.WaitAsync(cancellationToken);
        try
        {
            var (timestamp, utc) = (_time.GetTimestamp(), _time.GetUtcNow());
            await Task.Run(() => CatchUpAsync(cancellationToken), cancellationToken);
            Volatile.Write(ref _lastSuccessUtcTicks, utc.UtcTicks);
            Volatile.Write(ref _lastSuccess, timestamp);
            if (_outage.Recover() is { } outage)
            {
                LogAnswers(outage.Duration, outage.Failures);
            }

            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            if (_outage.Fail())
            {
                LogSilent(exception);
            }

            return false;
        }
        finally
        {
            _polling.Release();
        }
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await PollAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _store.Invalidations.Saved -= InvalidateOwn;
        _polling.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await PollAsync(stoppingToken);
        }
    }

    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        await using var context = _store.Open();
        context.Database.SetCommandTimeout(CommandSeconds);
        var latest = await _latest(context);
        if (latest == _position)
        {
            return;
        }

        // A sequence that went back is another database, such as a restored backup.
        if (_position is not { } position || latest < position || latest - position > MostChanges)
        {
            Invalidate(InvalidationSet.Everything);
            _ledger.Read(latest, []);
        }
        else
        {
            var invalidations = await context.Invalidations.AsNoTracking()
                .Where(invalidation => invalidation.Sequence > position && invalidation.Sequence <= latest)
                .ToListAsync(cancellationToken);
            Invalidate(new(invalidations));
            _ledger.Read(latest, invalidations);
        }

        _position = latest;
    }

    private void InvalidateOwn(IReadOnlyList<CacheInvalidation> invalidations)
    {
        Invalidate(new(invalidations));
        _ledger.Make(invalidations);
    }

    private void Invalidate(InvalidationSet invalidations)
    {
        foreach (var handler in _handlers)
        {
            handler.Invalidate(invalidations);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The store's changes cannot be read; remembered keys soon no longer count.")]
    private partial void LogSilent(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "The store's changes can be read again after {Duration}; {Failures} readings failed.")]
    private partial void LogAnswers(TimeSpan duration, long failures);
}
