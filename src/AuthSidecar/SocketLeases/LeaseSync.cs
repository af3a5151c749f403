using AuthSidecar.Redis;
using StackExchange.Redis;

namespace AuthSidecar.SocketLeases;

/// <summary>Keeps this replica known to the others, and what it knows of its sockets right, from before the doors open until they are closed.</summary>
internal sealed partial class LeaseSync(SharedSocketLeases leases, LeaseScript script, RedisCircuitBreaker breaker, TimeProvider time, ILogger<LeaseSync> logger) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);

    // Nobody waits for it, and it may have much to tell.
    private readonly TimeSpan _patience = breaker.Patience * 10;

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
            // The others notice a little later.
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
            await leases.CatchUpAsync().WaitAsync(_patience, time);
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

    [LoggerMessage(Level = LogLevel.Debug, Message = "Leases of WebSockets could not be shared: {Fault}.")]
    private partial void LogFault(Type fault);
}
