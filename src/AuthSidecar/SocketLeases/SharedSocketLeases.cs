using AuthSidecar.Pipeline;
using AuthSidecar.Policies;
using AuthSidecar.Redis;
using AuthSidecar.Telemetry;
using StackExchange.Redis;

namespace AuthSidecar.SocketLeases;

/// <summary>
/// Leases that replicas share. Redis counts; each replica keeps its own beside, so that it can go on without Redis, and tell it again what it missed or has forgotten.
/// </summary>
internal sealed partial class SharedSocketLeases(
    LeaseTable own,
    PendingLeaseUpdates untold,
    LeaseScript script,
    RedisCircuitBreaker breaker,
    LeaseMetrics metrics,
    TimeProvider time,
    ILogger<SharedSocketLeases> logger) : ISocketLeases
{
    private const int MostTries = 3;

    private readonly OutageLog _refusals = new(time);

    public int Count => own.Count;

    public async ValueTask<LeaseVerdict> TakeAsync(SocketLease lease, SocketCaps caps, RedisDownAnswer whenRedisIsDown)
    {
        if (breaker.IsAvailable)
        {
            try
            {
                var verdict = await TakeThereAsync(lease, caps).WaitAsync(breaker.Patience, time);
                if (_refusals.Recover() is { } outage)
                {
                    LogKept(outage.Duration, outage.Failures);
                }

                if (verdict == LeaseVerdict.Taken)
                {
                    own.Renew(lease);
                }

                return verdict;
            }
            catch (Exception fault)
            {
                // It may still be taken there, later.
                GiveUp(lease, fault);
                if (whenRedisIsDown == RedisDownAnswer.Allow && RedisRefusal.Is(fault))
                {
                    // Redis is there, so that no cap is lifted.
                    whenRedisIsDown = RedisDownAnswer.FallbackLocal;
                }
            }
        }

        return TakeHere(lease, caps, whenRedisIsDown);
    }

    public async ValueTask RenewAsync(SocketLease lease)
    {
        if (breaker.IsAvailable)
        {
            try
            {
                if (own.Follow(lease, await script.RenewAsync(lease, ISocketLeases.Life).WaitAsync(breaker.Patience, time)))
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

        untold.Add(lease);
    }

    public async ValueTask EndAsync(SocketLease lease)
    {
        own.End(lease.DecisionId);
        if (breaker.IsAvailable)
        {
            try
            {
                await script.EndAsync(lease).WaitAsync(breaker.Patience, time);
                return;
            }
            catch (Exception fault)
            {
                GiveUp(lease, fault);
            }
        }

        untold.Add(lease);
    }

    /// <summary>Tells Redis what it missed, and hears what other replicas were told of this one's sockets. To be called every few seconds.</summary>
    /// <exception cref="RedisException">Redis does not answer, or refuses; or any other exception of <see cref="LeaseScript"/>.</exception>
    public async Task CatchUpAsync()
    {
        if (!untold.IsEmpty)
        {
            await untold.TellAsync();
        }

        while (true)
        {
            var news = await script.AppearAsync(isTold: false);
            if (news is null)
            {
                untold.AddAll();
                await untold.TellAsync();
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

    private async Task<LeaseVerdict> TakeThereAsync(SocketLease lease, SocketCaps caps)
    {
        for (var again = 0; again < MostTries; again++)
        {
            // First what is open, then one more.
            if (!untold.IsEmpty)
            {
                await untold.TellAsync();
            }

            if (await script.TakeAsync(lease, caps) is { } verdict)
            {
                return verdict;
            }

            untold.AddAll();
        }

        throw new InvalidDataException("Redis forgets what it is told.");
    }

    private LeaseVerdict TakeHere(SocketLease lease, SocketCaps caps, RedisDownAnswer whenRedisIsDown)
    {
        metrics.CountWithoutRedis(whenRedisIsDown);
        switch (whenRedisIsDown)
        {
            case RedisDownAnswer.FallbackLocal when own.Take(lease, caps) is var verdict and not LeaseVerdict.Taken:
                return verdict;
            case RedisDownAnswer.FallbackLocal:
                break;
            case RedisDownAnswer.Allow:
                own.Renew(lease);
                break;
            default:
                return LeaseVerdict.Unavailable;
        }

        untold.Add(lease);
        return LeaseVerdict.Taken;
    }

    // Redis that answers with a refusal or nonsense is there: this one word counts as not said, and others may go on asking.
    private void GiveUp(SocketLease lease, Exception fault)
    {
        var isCatchingUp = !untold.IsEmpty;
        untold.Add(lease);
        if (!(fault is TimeoutException && isCatchingUp))
        {
            breaker.Trip(fault);
        }

        if (RedisRefusal.Is(fault) && _refusals.Fail())
        {
            var problem = RedisProblem.Of(fault);
            LogRefused(problem);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis does not keep leases of WebSockets ({Problem}); until it does, each policy's WhenRedisIsDown decides.")]
    private partial void LogRefused(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis keeps leases of WebSockets again after {Duration}; {Failures} were not kept.")]
    private partial void LogKept(TimeSpan duration, long failures);
}
