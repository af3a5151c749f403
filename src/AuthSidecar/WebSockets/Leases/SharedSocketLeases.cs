using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Telemetry;
using StackExchange.Redis;

namespace AuthSidecar.WebSockets.Leases;

/// <summary>
/// Leases shared by replicas. Redis counts; each replica keeps a copy of its own, so that it works during an outage and can resend updates
/// that Redis missed or lost.
/// </summary>
internal sealed partial class SharedSocketLeases(
    LeaseTable own,
    PendingLeaseUpdates pending,
    LeaseScript script,
    RedisCircuitBreaker breaker,
    ReplicaRegistry replicas,
    LeaseMetrics metrics,
    TimeProvider time,
    ILogger<SharedSocketLeases> logger
) : ISocketLeases
{
    private const int MaxAttempts = 3;

    private readonly OutageLog _refusals = new(time);

    public int Count => own.Count;

    public async ValueTask<LeaseVerdict> TakeAsync(SocketLease lease, SocketCaps caps, RedisDownAnswer whenRedisIsDown)
    {
        if (breaker.IsAvailable)
        {
            try
            {
                // Sending many pending updates takes long, and is no reason to keep a request waiting.
                var verdict = await breaker.WaitAsync(TakeSharedAsync(lease, caps), script.Pulse, mayQueue: pending.IsEmpty);
                if (_refusals.Recover() is { } outage)
                {
                    LogAccepted(outage.Duration, outage.Failures);
                }

                if (verdict == LeaseVerdict.Taken)
                {
                    own.Renew(lease);
                }

                return verdict;
            }
            catch (Exception fault)
            {
                // The call may still take effect in Redis later.
                GiveUp(lease, fault, isRelease: true);
                if (whenRedisIsDown == RedisDownAnswer.Allow && RedisRefusal.Is(fault))
                {
                    // Redis answered, so this is no outage that lifts caps.
                    whenRedisIsDown = RedisDownAnswer.FallbackLocal;
                }
            }
        }

        return TakeLocally(lease, caps, whenRedisIsDown);
    }

    public async ValueTask RenewAsync(SocketLease lease)
    {
        if (breaker.IsAvailable)
        {
            try
            {
                if (own.Follow(lease, await breaker.WaitAsync(script.RenewAsync(lease, ISocketLeases.Life), script.Pulse)))
                {
                    metrics.CountAdopted();
                }

                return;
            }
            catch (Exception fault)
            {
                GiveUp(lease, fault);
            }
        }

        if (own.Renew(lease))
        {
            metrics.CountAdopted();
        }

        pending.Add(lease);
    }

    public ValueTask EndAsync(SocketLease lease) => EndAsync(lease, isRelease: false);

    public ValueTask ReleaseAsync(SocketLease lease) => EndAsync(lease, isRelease: true);

    private async ValueTask EndAsync(SocketLease lease, bool isRelease)
    {
        own.End(lease.DecisionId);
        if (breaker.IsAvailable)
        {
            try
            {
                await breaker.WaitAsync(isRelease ? script.ReleaseAsync(lease) : script.EndAsync(lease), script.Pulse);
                return;
            }
            catch (Exception fault)
            {
                GiveUp(lease, fault, isRelease);
            }
        }

        pending.Add(lease, isRelease);
    }

    /// <summary>
    /// Sends pending updates to Redis and applies other replicas' updates of this replica's sockets. Called every few seconds.
    /// </summary>
    /// <exception cref="RedisException">Redis does not answer, or returns an error; or any other exception of
    /// <see cref="LeaseScript"/>.</exception>
    public async Task CatchUpAsync()
    {
        if (!pending.IsEmpty)
        {
            await pending.SendAsync();
        }

        while (true)
        {
            var news = await script.AppearAsync(isResent: false);
            if (news is null)
            {
                pending.AddAll();
                await pending.SendAsync();
                return;
            }

            foreach (var (id, left) in news)
            {
                own.Follow(id, left);
            }

            if (news.Count == 0)
            {
                return;
            }
        }
    }

    private async Task<LeaseVerdict> TakeSharedAsync(SocketLease lease, SocketCaps caps)
    {
        for (var again = 0; again < MaxAttempts; again++)
        {
            // Open sockets first, so that the caps hold for the new one.
            if (!pending.IsEmpty)
            {
                await pending.SendAsync();
            }

            if (await script.TakeAsync(lease, caps) is { } verdict)
            {
                return verdict;
            }

            pending.AddAll();
        }

        throw new InvalidDataException("Redis does not retain leases.");
    }

    private LeaseVerdict TakeLocally(SocketLease lease, SocketCaps caps, RedisDownAnswer whenRedisIsDown)
    {
        metrics.CountWithoutRedis(whenRedisIsDown);
        switch (whenRedisIsDown)
        {
            case RedisDownAnswer.FallbackLocal when own.Take(lease, ShareOf(caps)) is var verdict and not LeaseVerdict.Taken:
                return verdict;
            case RedisDownAnswer.FallbackLocal:
                break;
            case RedisDownAnswer.Allow:
                own.Renew(lease);
                break;
            default:
                return LeaseVerdict.Unavailable;
        }

        pending.Add(lease);
        return LeaseVerdict.Taken;
    }

    // The sockets of a subject at other replicas are unknown. The cap of a replica is its own.
    private SocketCaps ShareOf(SocketCaps caps) => caps with { PerUser = (int)ReplicaRegistry.Share(caps.PerUser, replicas.Count) };

    // A late answer, an error reply or a malformed answer is no outage: only this update is pending, and other calls continue.
    private void GiveUp(SocketLease lease, Exception fault, bool isRelease = false)
    {
        pending.Add(lease, isRelease);
        breaker.Trip(fault);
        if (RedisRefusal.Is(fault) && _refusals.Fail())
        {
            var problem = RedisProblem.Of(fault);
            LogRejected(problem);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis rejects WebSocket leases ({Problem}); applying WhenRedisIsDown.")]
    private partial void LogRejected(string problem);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Redis accepts WebSocket leases again after {Duration}; {Failures} were rejected."
    )]
    private partial void LogAccepted(TimeSpan duration, long failures);
}
