using AuthSidecar.Platform.Redis;
using StackExchange.Redis;

namespace AuthSidecar.Access.ParallelLimits;

/// <summary>Renews the leases of this replica in Redis, several times in the term of each.</summary>
internal sealed partial class RequestLeaseSync(
    SharedRequestLeases leases,
    RequestLeaseScript script,
    RedisCircuitBreaker breaker,
    TimeProvider time,
    ILogger<RequestLeaseSync> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(IRequestLeases.RenewalInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            if (breaker.IsAvailable)
            {
                await RunOnceAsync();
            }
        }
    }

    private async Task RunOnceAsync()
    {
        try
        {
            await breaker.WaitAsync(leases.RenewAllAsync(), script.Pulse);
        }
        catch (Exception fault)
        {
            var kind = fault.GetType();
            LogFault(kind);
            if (fault is TimeoutException or RedisConnectionException)
            {
                breaker.Trip(fault);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Renewing the leases of running requests failed ({Fault}); retrying.")]
    private partial void LogFault(Type fault);
}
