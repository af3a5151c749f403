using AuthSidecar.Platform.Redis;
using StackExchange.Redis;

namespace AuthSidecar.WebSockets.Leases;

/// <summary>Sends heartbeats and reconciles the leases of this replica, from before the listeners open until they are closed.</summary>
internal sealed partial class LeaseSync(
    SharedSocketLeases leases,
    LeaseScript script,
    RedisCircuitBreaker breaker,
    TimeProvider time,
    ILogger<LeaseSync> logger
) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(500);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await RunOnceAsync();
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await script.LeaveAsync().WaitAsync(_patience, time, cancellationToken);
        }
        catch (Exception fault)
        {
            // Other replicas notice when the registration expires.
            var kind = fault.GetType();
            LogFault(kind);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(_interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            await RunOnceAsync();
        }
    }

    private async Task RunOnceAsync()
    {
        if (!breaker.IsAvailable)
        {
            return;
        }

        try
        {
            await breaker.WaitAsync(leases.CatchUpAsync(), script.Pulse);
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

    [LoggerMessage(Level = LogLevel.Debug, Message = "Sharing WebSocket leases failed ({Fault}); retrying.")]
    private partial void LogFault(Type fault);
}
