using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>Takes parts out of memory and to disk.</summary>
internal sealed partial class UsageSpill(UsageQueue queue, UsageSpool spool, UsageMetrics metrics, ILogger<UsageSpill> logger)
{
    private const int MostAtOnce = 1024;

    /// <summary>Takes what waits in the queue until no more than so many do; not more than waits now, so that it ends.</summary>
    /// <returns>False when the disk takes nothing: then the queue keeps what it can.</returns>
    public bool Relieve(long depth)
    {
        var parts = new List<UsageRow>(MostAtOnce);
        for (var left = queue.Depth - depth; left > 0; left -= MostAtOnce)
        {
            parts.Clear();
            queue.TakeInto(parts, MostAtOnce);
            if (!TryKeep(parts))
            {
                queue.PutBack(parts);
                return false;
            }
        }

        return true;
    }

    /// <returns>False when the disk does not take them. Never throws: what nobody foresaw must not end the process.</returns>
    public bool TryKeep(IReadOnlyList<UsageRow> parts)
    {
        if (parts.Count == 0)
        {
            return true;
        }

        try
        {
            if (!spool.TryKeep(parts))
            {
                return false;
            }

            metrics.CountSpooled(parts.Count);
            return true;
        }
        catch (Exception fault)
        {
            LogFault(fault);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Usage could not be taken to disk in a way that nobody foresaw.")]
    private partial void LogFault(Exception fault);
}
