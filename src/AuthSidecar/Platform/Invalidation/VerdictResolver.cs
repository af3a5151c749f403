using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>
/// Resolves a step's verdict from its cache, synchronously on a hit. Hits are used only while invalidations arrive.
/// </summary>
internal sealed partial class VerdictResolver(InvalidationPoller poller, TimeProvider time, ILogger<VerdictResolver> logger)
{
    private readonly OutageLog _outage = new(time);

    /// <param name="cache">The cache.</param>
    /// <param name="key">Its key.</param>
    /// <param name="context">Passed to <paramref name="conclude"/>.</param>
    /// <param name="conclude">Turns the verdict into the step's result.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public ValueTask<StepResult> DecideAsync<TKey, TAnswer>(
        VerdictCache<TKey, TAnswer> cache,
        TKey key,
        CheckContext context,
        Func<CheckContext, TAnswer, StepResult> conclude,
        CancellationToken cancellationToken
    )
        where TKey : notnull
    {
        var now = time.GetTimestamp();
        if (!poller.IsFresh(now))
        {
            return new(Denials.StoreUnavailable);
        }

        if (cache.Find(key, now) is { } known)
        {
            cache.Counts.Hit();
            return new(conclude(context, known.Result));
        }

        var aging = cache.FindAging(key, now);
        if (aging?.HasEnded(now) == false)
        {
            cache.Counts.Hit();
        }
        else
        {
            cache.Counts.Miss();
        }

        return ReadAsync(cache, key, aging, context, conclude, cancellationToken);
    }

    private async ValueTask<StepResult> ReadAsync<TKey, TAnswer>(
        VerdictCache<TKey, TAnswer> cache,
        TKey key,
        CachedAnswer<TAnswer>? aging,
        CheckContext context,
        Func<CheckContext, TAnswer, StepResult> conclude,
        CancellationToken cancellationToken
    )
        where TKey : notnull
    {
        try
        {
            // The deadline may pass before the answer arrives.
            context.TimeoutDenial = cache.DenialWhenUnavailable;
            var answer = await (
                aging is null ? cache.ReadAsync(key, cancellationToken) : cache.RenewAsync(key, aging, poller.IsStoreUp, cancellationToken)
            );
            context.TimeoutDenial = Denials.InternalError;
            if (poller.IsStoreUp && _outage.Recover() is { } outage)
            {
                LogStoreAvailable(outage.Duration, outage.Failures);
            }

            return conclude(context, answer);
        }
        catch (NoVerdictException)
        {
            return cache.DenialWhenUnavailable;
        }
        catch (StoreUnavailableException exception)
        {
            if (_outage.Fail())
            {
                LogStoreUnavailable(exception);
            }

            return Denials.StoreUnavailable;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Store unavailable; denying requests without a cached verdict with 503.")]
    private partial void LogStoreUnavailable(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Store available again after {Duration}; {Failures} lookups failed.")]
    private partial void LogStoreAvailable(TimeSpan duration, long failures);
}
