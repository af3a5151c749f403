using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>Takes parts to disk when the queue is nearly full: the store is too slow, or a write to it hangs.</summary>
internal sealed partial class UsageOverflow(UsageQueue queue, UsageSpool spool, UsageMetrics metrics, TimeProvider time, ILogger<UsageOverflow> logger) : BackgroundService
{
    private const int MostParts = 1024;
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    private readonly List<UsageRow> _parts = new(MostParts);
    private long _dropped;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await queue.WaitForPressureAsync(stoppingToken);
            if (!Relieve())
            {
                await Task.Delay(_pause, time, stoppingToken);
            }

            if (queue.Dropped is var dropped && dropped > _dropped)
            {
                LogDropped(dropped - _dropped, _dropped = dropped);
            }
        }
    }

    // False when the disk takes nothing: then the queue keeps what it can.
    private bool Relieve()
    {
        while (queue.Depth > queue.Capacity / 2)
        {
            _parts.Clear();
            queue.TakeInto(_parts, MostParts);
            if (!TryKeep())
            {
                queue.PutBack(_parts);
                return false;
            }

            metrics.CountSpooled(_parts.Count);
        }

        return true;
    }

    // What nobody foresaw must not end the process.
    private bool TryKeep()
    {
        try
        {
            return spool.TryKeep(_parts);
        }
        catch (Exception fault)
        {
            LogFault(fault);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Usage could not be taken to disk in a way that nobody foresaw.")]
    private partial void LogFault(Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} parts of usage are lost, {Total} since the start: the store does not take them, and neither memory nor disk has room.")]
    private partial void LogDropped(long count, long total);
}
