using System.Collections.Concurrent;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>How an answer is cached.</summary>
internal enum AnswerKind
{
    /// <summary>No answer; never cached.</summary>
    Unknown,
    No,
    Yes,
}

/// <summary>
/// Read-through cache. Concurrent misses of a key share one read; an answer read before an invalidation is never kept after it. With
/// <paramref name="beyond"/>, positive answers in use are read again in the last quarter of their lifetime, and outlast an outage of the
/// store.
/// </summary>
/// <param name="capacity">Entries of each kind.</param>
/// <param name="yes">Lifetime of a positive answer.</param>
/// <param name="no">Lifetime of a negative answer.</param>
/// <param name="time">The clock.</param>
/// <param name="beyond">Time that a positive answer counts beyond its lifetime while the store does not answer.</param>
internal abstract class ReadThroughCache<TKey, TAnswer>(
    int capacity,
    TimeSpan yes,
    TimeSpan no,
    TimeProvider time,
    TimeSpan beyond = default
) : ICacheInvalidationHandler
    where TKey : notnull
{
    private const int Attempts = 3;

    // Wait for a slow store while there is a remembered answer: a fraction of Envoy's timeout for Check.
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(50);

    // Separate, so that invented tokens evict only each other.
    private readonly ClockCache<TKey, CachedAnswer<TAnswer>> _positive = new(capacity);
    private readonly ClockCache<TKey, CachedAnswer<TAnswer>> _negative = new(capacity);
    private readonly ConcurrentDictionary<TKey, Task<TAnswer>> _loads = new();
    private readonly Lock _writing = new();
    private readonly long _positiveTicks = time.ToTimestamps(yes);
    private readonly long _renewalTicks = time.ToTimestamps(beyond > TimeSpan.Zero ? yes * 3 / 4 : yes);
    private readonly long _lastTicks = time.ToTimestamps(yes > TimeSpan.Zero ? yes + beyond : yes);
    private readonly long _negativeTicks = time.ToTimestamps(no);
    private long _epoch;

    public int PositiveCount => _positive.Count;

    public int NegativeCount => _negative.Count;

    /// <param name="key">The key.</param>
    /// <param name="now">The clock's timestamp.</param>
    public CachedAnswer<TAnswer>? Find(TKey key, long now)
    {
        if (_positive.Find(key) is { } positive)
        {
            return positive.IsLive(now) && !HasExpired(positive.Result) ? positive : null;
        }

        return _negative.Find(key) is { } negative && negative.IsLive(now) ? negative : null;
    }

    /// <summary>A positive answer that <see cref="RenewAsync"/> may use, where <see cref="Find"/> returns none.</summary>
    public CachedAnswer<TAnswer>? FindAging(TKey key, long now) =>
        _positive.Find(key) is { } positive && positive.IsUsable(now) && !HasExpired(positive.Result) ? positive : null;

    /// <summary>
    /// Uses a remembered answer and reads it again: in the background ahead of its end, and beyond it while the store does not answer.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="remembered">Of <see cref="FindAging"/>.</param>
    /// <param name="read">As for <see cref="LoadAsync"/>.</param>
    /// <param name="isStoreUp">False: the store is known not to answer, and is not called.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<TAnswer> RenewAsync(
        TKey key,
        CachedAnswer<TAnswer> remembered,
        Func<Task<TAnswer>> read,
        bool isStoreUp,
        CancellationToken cancellationToken
    )
    {
        if (!isStoreUp)
        {
            return remembered.Result;
        }

        var reading = LoadAsync(key, read, CancellationToken.None);
        if (!remembered.HasEnded(time.GetTimestamp()))
        {
            _ = reading.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
            return remembered.Result;
        }

        await ((Task)reading).WaitAsync(_patience, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        var isUnanswered =
            !reading.IsCompleted
            || (reading.IsFaulted && reading.Exception.InnerException is StoreUnavailableException)
            || (reading.IsCompletedSuccessfully && KindOf(await reading) == AnswerKind.Unknown);

        // A change in the meantime has removed it.
        return isUnanswered && FindAging(key, time.GetTimestamp()) is { } still ? still.Result : await reading.WaitAsync(cancellationToken);
    }

    /// <summary>Reads on a miss: concurrent callers share one read, which a cancelled caller does not stop.</summary>
    public Task<TAnswer> LoadAsync(TKey key, Func<Task<TAnswer>> read, CancellationToken cancellationToken)
    {
        var load = new TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        var shared = _loads.GetOrAdd(key, load.Task);
        if (shared == load.Task)
        {
            _ = RunAsync(key, read, load);
        }

        return shared.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Removes affected entries. Every invalidation removes all negative answers: the key may have been created or reactivated.
    /// </summary>
    public void Invalidate(InvalidationSet invalidations)
    {
        lock (_writing)
        {
            _epoch++;

            // A caller from now on must not share a read that began before the invalidation.
            _loads.Clear();
            _negative.Clear();
            if (invalidations.IsEverything)
            {
                _positive.Clear();
            }
            else
            {
                _positive.RemoveWhere((key, answer) => IsTouched(key, answer.Result, invalidations));
            }
        }
    }

    protected abstract AnswerKind KindOf(TAnswer answer);

    /// <summary>True when the invalidations may change a positive answer.</summary>
    protected abstract bool IsTouched(TKey key, TAnswer answer, InvalidationSet invalidations);

    /// <summary>True when a positive answer expires before its cache lifetime.</summary>
    protected virtual bool HasExpired(TAnswer answer) => false;

    private async Task RunAsync(TKey key, Func<Task<TAnswer>> read, TaskCompletionSource<TAnswer> load)
    {
        try
        {
            // Another load may have ended between the caller's lookup and this start.
            var result = Find(key, time.GetTimestamp()) is { } found ? found.Result : await ReadAsync(key, read);
            Leave(key, load);
            load.SetResult(result);
        }
        catch (Exception exception)
        {
            Leave(key, load);
            load.SetException(exception);
        }
    }

    // Before the answer is published: otherwise a caller that retries could share the same load.
    private void Leave(TKey key, TaskCompletionSource<TAnswer> load) => _loads.TryRemove(new(key, load.Task));

    // The read may or may not include a change during it: read again, so that callers who joined after the change also get the new answer.
    private async Task<TAnswer> ReadAsync(TKey key, Func<Task<TAnswer>> read)
    {
        for (var attempt = 1; ; attempt++)
        {
            var epoch = Volatile.Read(ref _epoch);
            var now = time.GetTimestamp();
            var result = await read();
            if (TryKeep(key, result, epoch, now) || attempt == Attempts)
            {
                return result;
            }
        }
    }

    private bool TryKeep(TKey key, TAnswer result, long epoch, long now)
    {
        lock (_writing)
        {
            if (_epoch != epoch)
            {
                return false;
            }

            switch (KindOf(result))
            {
                case AnswerKind.Yes:
                    var noted = _positive.Find(key)?.Noted ?? now;
                    _negative.Remove(key);
                    _positive.Set(key, new(result, noted, now + _renewalTicks, now + _positiveTicks, now + _lastTicks));
                    break;
                case AnswerKind.No:
                    _positive.Remove(key);
                    _negative.Set(key, new(result, now, now + _negativeTicks, now + _negativeTicks, now + _negativeTicks));
                    break;
            }

            return true;
        }
    }
}
