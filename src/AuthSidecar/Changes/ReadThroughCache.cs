using System.Collections.Concurrent;

namespace AuthSidecar.Changes;

/// <summary>What an answer is to whoever remembers it.</summary>
internal enum AnswerKind
{
    /// <summary>Nothing was found out; never kept.</summary>
    Unknown,
    No,
    Yes,
}

/// <summary>Answers for a while. A key that is asked for by many at once is read once; what was read before a change is never kept after it.</summary>
/// <param name="capacity">Entries kept, of each kind.</param>
/// <param name="yes">How long a yes counts.</param>
/// <param name="no">How long a no counts.</param>
/// <param name="time">The clock.</param>
internal abstract class ReadThroughCache<TKey, TAnswer>(int capacity, TimeSpan yes, TimeSpan no, TimeProvider time) : ICacheInvalidationHandler
    where TKey : notnull
{
    private const int Attempts = 3;

    // Apart, so that invented tokens push out only each other.
    private readonly ClockCache<TKey, CachedAnswer<TAnswer>> _positive = new(capacity);
    private readonly ClockCache<TKey, CachedAnswer<TAnswer>> _negative = new(capacity);
    private readonly ConcurrentDictionary<TKey, Task<TAnswer>> _loads = new();
    private readonly Lock _writing = new();
    private readonly long _positiveTicks = Ticks(yes, time);
    private readonly long _negativeTicks = Ticks(no, time);
    private long _epoch;

    public int PositiveCount => _positive.Count;

    public int NegativeCount => _negative.Count;

    /// <param name="key">What is asked for.</param>
    /// <param name="now">The clock's timestamp.</param>
    public CachedAnswer<TAnswer>? Find(TKey key, long now)
    {
        if (_positive.Find(key) is { } positive)
        {
            return positive.IsLive(now) && !HasExpired(positive.Result) ? positive : null;
        }

        return _negative.Find(key) is { } negative && negative.IsLive(now) ? negative : null;
    }

    /// <summary>Reads through: one read for all who ask at once, whoever of them gives up.</summary>
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

    /// <summary>Forgets what changed. Every change drops all refusals: what was refused may have been made or woken.</summary>
    public void Invalidate(InvalidationSet invalidations)
    {
        lock (_writing)
        {
            _epoch++;

            // Who asks from now on must not wait for a read that began before the change.
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

    /// <summary>True when a yes may no longer be so after the changes.</summary>
    protected abstract bool IsTouched(TKey key, TAnswer answer, InvalidationSet invalidations);

    /// <summary>True when a yes has ended before its time in the cache is over.</summary>
    protected virtual bool HasExpired(TAnswer answer) => false;

    private static long Ticks(TimeSpan span, TimeProvider time) => (long)(span.TotalSeconds * time.TimestampFrequency);

    private async Task RunAsync(TKey key, Func<Task<TAnswer>> read, TaskCompletionSource<TAnswer> load)
    {
        try
        {
            // Another load may have ended between the caller's look and this one's start.
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

    // Before the answer is out: else whoever got it and asks again could be given the same one.
    private void Leave(TKey key, TaskCompletionSource<TAnswer> load) => _loads.TryRemove(new(key, load.Task));

    // A change during a read may or may not be in what was read: read again, so that also those who joined after the change, but before it was known here, get the new answer.
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

            var kind = KindOf(result);
            if (kind == AnswerKind.Yes)
            {
                _negative.Remove(key);
                _positive.Set(key, new(result, now, now + _positiveTicks));
            }
            else
            {
                _positive.Remove(key);
                if (kind == AnswerKind.No)
                {
                    _negative.Set(key, new(result, now, now + _negativeTicks));
                }
            }

            return true;
        }
    }
}
