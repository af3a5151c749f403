using System.Collections.Concurrent;
using AuthSidecar.Changes;

namespace AuthSidecar.Authentication;

/// <summary>Answers of the store, or of issuers, for a while. A key that is asked for by many at once is read once; what was read before a change is never kept after it.</summary>
internal sealed class IdentityCache<TKey>(CacheOptions options, TimeProvider time)
    where TKey : notnull
{
    private const int Attempts = 3;

    // Apart, so that invented tokens push out only each other.
    private readonly ClockMap<TKey, CachedAnswer> _positive = new(options.Capacity);
    private readonly ClockMap<TKey, CachedAnswer> _negative = new(options.Capacity);
    private readonly ConcurrentDictionary<TKey, Task<AuthenticationResult>> _loads = new();
    private readonly Lock _writing = new();
    private readonly long _positiveTicks = Ticks(options.PositiveTtl, time);
    private readonly long _negativeTicks = Ticks(options.NegativeTtl, time);
    private long _epoch;

    public int PositiveCount => _positive.Count;

    public int NegativeCount => _negative.Count;

    /// <param name="key">What is asked for.</param>
    /// <param name="now">The clock's timestamp.</param>
    public CachedAnswer? Find(TKey key, long now)
    {
        if (_positive.Find(key) is { } positive)
        {
            return positive.IsLive(now) && !HasExpired(positive) ? positive : null;
        }

        return _negative.Find(key) is { } negative && negative.IsLive(now) ? negative : null;
    }

    /// <summary>Reads through: one read for all who ask at once, whoever of them gives up.</summary>
    public Task<AuthenticationResult> LoadAsync(TKey key, Func<Task<AuthenticationResult>> read, CancellationToken cancellationToken)
    {
        var load = new TaskCompletionSource<AuthenticationResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var shared = _loads.GetOrAdd(key, load.Task);
        if (shared == load.Task)
        {
            _ = RunAsync(key, read, load);
        }

        return shared.WaitAsync(cancellationToken);
    }

    /// <summary>Forgets what changed. Every change drops all refusals: what was refused may have been made or woken.</summary>
    public void Drop(ChangeSet changes)
    {
        lock (_writing)
        {
            _epoch++;

            // Who asks from now on must not wait for a read that began before the change.
            _loads.Clear();
            _negative.Clear();
            if (changes.IsEverything)
            {
                _positive.Clear();
            }
            else
            {
                _positive.RemoveWhere(answer => changes.Touches(answer.Result.Identity!));
            }
        }
    }

    private static long Ticks(TimeSpan span, TimeProvider time) => (long)(span.TotalSeconds * time.TimestampFrequency);

    private async Task RunAsync(TKey key, Func<Task<AuthenticationResult>> read, TaskCompletionSource<AuthenticationResult> load)
    {
        try
        {
            // Another load may have ended between the caller's look and this one's start.
            var result = Find(key, time.GetTimestamp())?.Result ?? await ReadAsync(key, read);
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
    private void Leave(TKey key, TaskCompletionSource<AuthenticationResult> load) => _loads.TryRemove(new(key, load.Task));

    // A change during a read may or may not be in what was read: read again, so that also those who joined after the change, but before it was known here, get the new answer.
    private async Task<AuthenticationResult> ReadAsync(TKey key, Func<Task<AuthenticationResult>> read)
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

    private bool TryKeep(TKey key, AuthenticationResult result, long epoch, long now)
    {
        lock (_writing)
        {
            if (_epoch != epoch)
            {
                return false;
            }

            if (result.Identity is not null)
            {
                _negative.Remove(key);
                _positive.Set(key, new(result, now, now + _positiveTicks));
            }
            else
            {
                _positive.Remove(key);
                if (result.Failure is not (AuthenticationFailure.StoreUnavailable or AuthenticationFailure.IssuerUnavailable))
                {
                    _negative.Set(key, new(result, now, now + _negativeTicks));
                }
            }

            return true;
        }
    }

    private bool HasExpired(CachedAnswer answer) => answer.Result.Identity!.ExpiresAt is { } expiry && time.GetUtcNow() > expiry;
}
