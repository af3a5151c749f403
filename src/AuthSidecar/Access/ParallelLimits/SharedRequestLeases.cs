using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Redis;

namespace AuthSidecar.Access.ParallelLimits;

/// <summary>
/// Leases shared by replicas. Redis counts; each replica keeps its own, to renew them and to count its share while Redis does not answer.
/// </summary>
internal sealed class SharedRequestLeases(
    RequestLeaseTable own,
    RequestLeaseScript script,
    LeaseReports reports,
    RedisCircuitBreaker breaker,
    ReplicaRegistry replicas,
    ParallelMetrics metrics
) : IRequestLeases
{
    private const int BatchSize = 200;

    // Until each replica has renewed its leases in a Redis that lost them.
    private static readonly TimeSpan _restored = 2 * IRequestLeases.RenewalInterval;

    private readonly Lock _renewing = new();
    private Task _renewed = Task.CompletedTask;
    private int _takenWithoutRedis;
    private volatile int _sentToRedis;

    public int Count => own.Count;

    public async ValueTask<LeaseAnswer> TakeAsync(RequestLease lease, RedisDownAnswer whenRedisIsDown)
    {
        // Redis may lack leases of other replicas until they renew them.
        if (breaker.IsAvailable && replicas.MayLack(_restored) && own.Take(lease, ShareOf) is { Result: not LeaseResult.Taken } full)
        {
            return full;
        }

        if (breaker.IsAvailable)
        {
            try
            {
                var answer = await breaker.WaitAsync(TakeSharedAsync(lease), script.Pulse, mayQueue: !IsBehind);
                if (answer.Result == LeaseResult.Taken)
                {
                    own.Take(lease, null);
                }
                else
                {
                    own.End(lease.DecisionId);
                }

                return answer;
            }
            catch (Exception fault)
            {
                breaker.Trip(fault);
                if (whenRedisIsDown == RedisDownAnswer.Allow && RedisRefusal.Is(fault))
                {
                    // Redis answered, so this is no outage that lifts caps.
                    whenRedisIsDown = RedisDownAnswer.FallbackLocal;
                }

                return TakeLocally(lease, whenRedisIsDown, mayBeTaken: true);
            }
        }

        return TakeLocally(lease, whenRedisIsDown, mayBeTaken: false);
    }

    public void Renew(string decisionId)
    {
        own.Renew(decisionId);
        reports.Add(decisionId, LeaseChange.Renewed);
    }

    public void End(string decisionId)
    {
        own.End(decisionId);
        reports.Add(decisionId, LeaseChange.Ended);
    }

    public void Release(string decisionId)
    {
        own.End(decisionId);
        reports.Add(decisionId, LeaseChange.Released);
    }

    /// <summary>
    /// Renews the leases of this replica, and forgets those whose end was reported to another. Concurrent callers share one run.
    /// </summary>
    /// <exception cref="StackExchange.Redis.RedisException">Redis does not answer, or any other exception of
    /// <see cref="RequestLeaseScript"/>.</exception>
    public Task RenewAllAsync()
    {
        lock (_renewing)
        {
            return _renewed.IsCompleted ? _renewed = RenewOnceAsync() : _renewed;
        }
    }

    private async Task<LeaseAnswer> TakeSharedAsync(RequestLease lease)
    {
        // What was taken without Redis first, so that the caps hold for the new one.
        if (IsBehind)
        {
            await RenewAllAsync();
        }

        return await script.TakeAsync(lease);
    }

    private bool IsBehind => Volatile.Read(ref _takenWithoutRedis) != _sentToRedis;

    private async Task RenewOnceAsync()
    {
        var taken = Volatile.Read(ref _takenWithoutRedis);
        reports.Send();
        foreach (var some in own.All().Chunk(BatchSize))
        {
            var gone = await script.RenewAsync(some);
            foreach (var id in gone)
            {
                own.End(id);
            }

            // Reports about the open WebSocket renew its lease.
            foreach (var (lease, _) in some.Where(one => !one.Lease.IsSocket))
            {
                own.Renew(lease.DecisionId);
            }
        }

        _sentToRedis = taken;
    }

    private LeaseAnswer TakeLocally(RequestLease lease, RedisDownAnswer whenRedisIsDown, bool mayBeTaken)
    {
        metrics.CountWithoutRedis(whenRedisIsDown);
        var answer = whenRedisIsDown switch
        {
            RedisDownAnswer.FallbackLocal => own.Take(lease, ShareOf),
            RedisDownAnswer.Allow => own.Take(lease, null),
            _ => default,
        };
        if (answer.Result != LeaseResult.Taken && mayBeTaken)
        {
            // The call may still take effect in Redis later.
            own.End(lease.DecisionId);
            reports.Add(lease.DecisionId, LeaseChange.Released);
        }

        if (answer.Result == LeaseResult.Taken)
        {
            Interlocked.Increment(ref _takenWithoutRedis);
        }

        return answer;
    }

    // Requests that run through other replicas are unknown.
    private int ShareOf(int cap) => (int)ReplicaRegistry.Share(cap, replicas.Count);
}
