using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Redis;

namespace AuthSidecar.Usage.TokenLimits;

/// <summary>
/// Exact windows of tokens in this process. Each reservation has at least one token, so a bucket's limit bounds their number.
/// </summary>
internal sealed class MemoryTokenWindows : ITokenWindows, IDisposable
{
    private static readonly TimeSpan _sweepInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<BucketName, TokenWindow> _windows = [];
    private readonly Dictionary<string, TokenReservation> _reservations = new(StringComparer.Ordinal);
    private readonly Action<TokenReservation> _forget;
    private readonly TimeProvider _time;
    private readonly ITimer _sweeper;

    public MemoryTokenWindows(TimeProvider time)
    {
        _time = time;
        _forget = Forget;
        _sweeper = time.CreateTimer(_ => Sweep(), null, _sweepInterval, _sweepInterval);
    }

    /// <summary>Number of reservations in any window.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _reservations.Count;
            }
        }
    }

    public ValueTask<TokenAnswer> ReserveAsync(string decisionId, long tokens, TokenBucket[] buckets, RedisDownAnswer whenRedisIsDown) =>
        new(Reserve(decisionId, tokens, buckets));

    /// <summary>As <see cref="ReserveAsync"/>, within this replica's share of each limit.</summary>
    /// <param name="decisionId">Names the reservation.</param>
    /// <param name="tokens">The estimate.</param>
    /// <param name="buckets">The buckets.</param>
    /// <param name="replicas">Number of replicas; 1: the whole limit.</param>
    public TokenAnswer Reserve(string decisionId, long tokens, TokenBucket[] buckets, int replicas = 1)
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            if (!_reservations.ContainsKey(decisionId))
            {
                if (Denial(tokens, buckets, replicas, now) is { } denial)
                {
                    return denial;
                }

                Add(decisionId, tokens, buckets, now);
            }

            return Nearest(buckets, replicas, now);
        }
    }

    /// <summary>Notes a reservation that Redis made, for the share of this replica without Redis.</summary>
    public void Note(string decisionId, long tokens, TokenBucket[] buckets)
    {
        lock (_gate)
        {
            if (!_reservations.ContainsKey(decisionId))
            {
                Add(decisionId, tokens, buckets, _time.GetTimestamp());
            }
        }
    }

    public void Settle(IReadOnlyList<(string DecisionId, long Tokens)> counts)
    {
        lock (_gate)
        {
            foreach (var (decisionId, tokens) in counts)
            {
                if (_reservations.TryGetValue(decisionId, out var reservation))
                {
                    reservation.Settle(tokens);
                }
            }
        }
    }

    public void Release(string decisionId)
    {
        lock (_gate)
        {
            if (_reservations.Remove(decisionId, out var reservation))
            {
                reservation.Windows.ForEach(window => window.Remove(reservation));
            }
        }
    }

    public void Dispose() => _sweeper.Dispose();

    private TokenAnswer? Denial(long tokens, TokenBucket[] buckets, int replicas, long now)
    {
        var (wait, full) = (0L, 0);
        for (var i = 0; i < buckets.Length; i++)
        {
            if (tokens > buckets[i].Tokens)
            {
                return Left(buckets[i], i, replicas, now) with { Verdict = TokenVerdict.TooLarge };
            }

            var window = Find(buckets[i], now);
            var excess = window.Sum + tokens - ReplicaRegistry.Share(buckets[i].Tokens, replicas);
            if (excess > 0 && window.UntilLeft(excess, now) is var room && room > wait)
            {
                (wait, full) = (room, i);
            }
        }

        return wait == 0
            ? null
            : Left(buckets[full], full, replicas, now) with
            {
                Verdict = TokenVerdict.Full,
                RetryAfter = _time.ToTimeSpan(wait),
            };
    }

    private void Add(string decisionId, long tokens, TokenBucket[] buckets, long now)
    {
        var reservation = new TokenReservation(decisionId, now, tokens);
        _reservations.Add(decisionId, reservation);
        foreach (var bucket in buckets)
        {
            Find(bucket, now).Add(reservation);
        }
    }

    private TokenAnswer Nearest(TokenBucket[] buckets, int replicas, long now)
    {
        var nearest = Left(buckets[0], 0, replicas, now);
        for (var i = 1; i < buckets.Length; i++)
        {
            var other = Left(buckets[i], i, replicas, now);
            nearest = other.Remaining < nearest.Remaining ? other : nearest;
        }

        return nearest;
    }

    private TokenAnswer Left(TokenBucket bucket, int index, int replicas, long now)
    {
        var window = Find(bucket, now);
        return new(
            TokenVerdict.Reserved,
            index,
            Math.Max(0, ReplicaRegistry.Share(bucket.Tokens, replicas) - window.Sum),
            _time.ToTimeSpan(window.UntilOldestLeaves(now))
        );
    }

    private TokenWindow Find(in TokenBucket bucket, long now)
    {
        if (!_windows.TryGetValue(bucket.Name, out var window))
        {
            _windows[bucket.Name] = window = new();
        }

        window.Length = _time.ToTimestamps(bucket.Window);
        window.Trim(now, _forget);
        return window;
    }

    private void Forget(TokenReservation reservation) => _reservations.Remove(reservation.DecisionId);

    private void Sweep()
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            foreach (var (name, window) in _windows)
            {
                window.Trim(now, _forget);
                if (window.IsEmpty)
                {
                    _windows.Remove(name);
                }
            }
        }
    }
}
