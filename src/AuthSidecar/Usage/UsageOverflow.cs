namespace AuthSidecar.Usage;

/// <summary>Takes parts to disk when the queue is nearly full: the store is too slow, or a write to it hangs.</summary>
internal sealed partial class UsageOverflow(UsageQueue queue, UsageSpill spill, TimeProvider time, ILogger<UsageOverflow> logger) : BackgroundService
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    private long _dropped;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await queue.WaitForPressureAsync(stoppingToken);
            if (!spill.Relieve(queue.Capacity / 2))
            {
                await Task.Delay(_pause, time, stoppingToken);
            }

            if (queue.Dropped is var dropped && dropped > _dropped)
            {
                LogDropped(dropped - _dropped, _dropped = dropped);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} parts of usage are lost, {Total} since the start: the store does not take them, and neither memory nor disk has room.")]
    private partial void LogDropped(long count, long total);
}
