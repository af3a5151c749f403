namespace AuthSidecar.Platform.Redis;

/// <summary>Announces this replica to the others, from before the listeners open until they are closed.</summary>
internal sealed partial class ReplicaHeartbeat(
    ReplicaRegistry registry,
    RedisCircuitBreaker breaker,
    TimeProvider time,
    ILogger<ReplicaHeartbeat> logger
) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await AnnounceAsync();
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await registry.LeaveAsync().WaitAsync(_interval, time, cancellationToken);
        }
        catch (Exception fault)
        {
            // The heartbeat expires.
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

            await AnnounceAsync();
        }
    }

    private async Task AnnounceAsync()
    {
        // While the circuit is open, its probes announce the replica.
        if (!breaker.IsAvailable)
        {
            return;
        }

        try
        {
            await breaker.WaitAsync(registry.AnnounceAsync(), registry.Pulse);
        }
        catch (Exception fault)
        {
            breaker.Trip(fault);
            var kind = fault.GetType();
            LogFault(kind);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Announcing the replica failed ({Fault}); retrying.")]
    private partial void LogFault(Type fault);
}
