using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>
/// Reads other processes' invalidations from the table and applies them to the caches, as well as those received over Redis. Caches are not
/// used after <c>Cache:MaxStaleness</c> without an answer of a source.
/// </summary>
internal sealed partial class InvalidationPoller : BackgroundService
{
    private const int MaxBatch = 10_000;
    private const int CommandSeconds = 1;
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(200);

    private readonly Func<SidecarDbContext, Task<long>> _latest = EF.CompileAsyncQuery(
        (SidecarDbContext context) =>
            context.Invalidations.Select(invalidation => invalidation.Sequence).OrderByDescending(sequence => sequence).FirstOrDefault()
    );

    private readonly Store _store;
    private readonly IReadOnlyList<ICacheInvalidationHandler> _handlers;
    private readonly TimeProvider _time;
    private readonly ILogger<InvalidationPoller> _logger;
    private readonly RevocationLagTracker _lag;
    private readonly OutageLog _outage;
    private readonly long _maxStaleness;
    private readonly SemaphoreSlim _polling = new(1);
    private long? _position;
    private long _lastSuccess = long.MinValue;
    private long _lastSuccessUtcTicks;

    public InvalidationPoller(
        Store store,
        IEnumerable<ICacheInvalidationHandler> handlers,
        CacheOptions options,
        InvalidationMetrics metrics,
        TimeProvider time,
        ILogger<InvalidationPoller> logger
    )
    {
        _store = store;
        _handlers = [.. handlers.OrderBy(handler => handler.RunsAfterCaches)];
        _time = time;
        _logger = logger;
        _lag = new(metrics);
        _outage = new(time);
        _maxStaleness = time.ToTimestamps(options.MaxStaleness);
        store.Invalidations.Saved += InvalidateOwn;
        metrics.Observe(() => IsStoreUp);
    }

    /// <summary>Health of the Redis subscription, the second source of invalidations.</summary>
    public SubscriptionHealth Subscription { get; } = new();

    /// <summary>Time as of which the caches reflect the store; null before the first successful poll.</summary>
    public DateTimeOffset? LastSuccess => Volatile.Read(ref _lastSuccessUtcTicks) is > 0 and var ticks ? new(ticks, TimeSpan.Zero) : null;

    /// <summary>True if the store answered the last poll.</summary>
    public bool IsStoreUp => LastSuccess is not null && !_outage.IsDown;

    /// <param name="now">The clock's timestamp.</param>
    public bool IsFresh(long now) =>
        Volatile.Read(ref _lastSuccess) is var last
        && last != long.MinValue
        && (now - last <= _maxStaleness || Subscription.Covers(last, now, _maxStaleness));

    /// <summary>Applies another replica's invalidations. They may arrive early, twice or never.</summary>
    public void Receive(IReadOnlyList<CacheInvalidation> invalidations)
    {
        Invalidate(new(invalidations));
        _lag.Receive(invalidations);
    }

    /// <summary>Reads and applies the invalidations since the last poll.</summary>
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
                LogAvailable(outage.Duration, outage.Failures);
            }

            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            if (_outage.Fail())
            {
                LogUnavailable(exception);
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

        // A smaller sequence means another database, such as a restored backup.
        if (_position is not { } position || latest < position || latest - position > MaxBatch)
        {
            Invalidate(InvalidationSet.Everything);
            _lag.Read(latest, []);
        }
        else
        {
            var invalidations = await context
                .Invalidations.AsNoTracking()
                .Where(invalidation => invalidation.Sequence > position && invalidation.Sequence <= latest)
                .ToListAsync(cancellationToken);
            Invalidate(new(invalidations));
            _lag.Read(latest, invalidations);
        }

        _position = latest;
    }

    private void InvalidateOwn(IReadOnlyList<CacheInvalidation> invalidations)
    {
        Invalidate(new(invalidations));
        _lag.Make(invalidations);
    }

    private void Invalidate(InvalidationSet invalidations)
    {
        foreach (var handler in _handlers)
        {
            handler.Invalidate(invalidations);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Store unavailable to the invalidation poller; cached entries expire after Cache:MaxStaleness."
    )]
    private partial void LogUnavailable(Exception exception);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Store available to the invalidation poller again after {Duration}; {Failures} polls failed."
    )]
    private partial void LogAvailable(TimeSpan duration, long failures);
}
