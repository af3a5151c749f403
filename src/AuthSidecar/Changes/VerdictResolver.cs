using AuthSidecar.Pipeline;
using AuthSidecar.Storage;
using AuthSidecar.Telemetry;

namespace AuthSidecar.Changes;

/// <summary>Lets steps conclude from remembered verdicts: at once on a hit, which counts only as long as changes are heard of.</summary>
internal sealed partial class VerdictResolver(InvalidationPoller watcher, TimeProvider time, ILogger<VerdictResolver> logger)
{
    private readonly OutageLog _outage = new(time);

    /// <param name="cache">Whom to ask.</param>
    /// <param name="key">What about.</param>
    /// <param name="context">Handed to <paramref name="conclude"/>.</param>
    /// <param name="conclude">What the verdict means for the request.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public ValueTask<StepResult> DecideAsync<TKey, TAnswer>(
        VerdictCache<TKey, TAnswer> cache, TKey key, CheckContext context, Func<CheckContext, TAnswer, StepResult> conclude, CancellationToken cancellationToken)
        where TKey : notnull
    {
        var now = time.GetTimestamp();
        if (!watcher.IsFresh(now))
        {
            return new(Denials.StoreUnavailable);
        }

        if (cache.Find(key, now) is { } known)
        {
            cache.Counts.Hit();
            return new(conclude(context, known.Result));
        }

        cache.Counts.Miss();
        return ReadAsync(cache, key, context, conclude, cancellationToken);
    }

    private async ValueTask<StepResult> ReadAsync<TKey, TAnswer>(
        VerdictCache<TKey, TAnswer> cache, TKey key, CheckContext context, Func<CheckContext, TAnswer, StepResult> conclude, CancellationToken cancellationToken)
        where TKey : notnull
    {
        try
        {
            // Whoever asks may have less patience than the answer needs.
            context.Overdue = cache.DenialWhenUnavailable;
            var answer = await cache.ReadAsync(key, cancellationToken);
            context.Overdue = Denials.InternalError;
            if (_outage.Recover() is { } outage)
            {
                LogStoreAnswers(outage.Duration, outage.Failures);
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
                LogStoreSilent(exception);
            }

            return Denials.StoreUnavailable;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The store does not answer; requests that need what is not remembered are refused with 503.")]
    private partial void LogStoreSilent(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "The store answers again after {Duration}; {Failures} look-ups for requests failed.")]
    private partial void LogStoreAnswers(TimeSpan duration, long failures);
}
