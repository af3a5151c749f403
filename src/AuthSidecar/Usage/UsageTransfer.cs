using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>Brings parts into the store. When it refuses them, halves are tried, and halves of these, until what it refuses stands alone and becomes a dead letter.</summary>
internal sealed partial class UsageTransfer(Store store, UsageTables tables, DeadLetterBox deadLetters, UsageMetrics metrics, TimeProvider time, ILogger<UsageTransfer> logger, Settlement? settle = null)
{
    /// <summary>Throws where the store does not take them now. Some may then be in it: doing it again changes nothing.</summary>
    public async Task RunAsync(IReadOnlyList<UsageRow> parts, CancellationToken cancellationToken)
    {
        var refused = new List<(UsageRow Part, Exception Problem)>();
        await WriteAsync(new ArraySegment<UsageRow>([.. parts]), refused, cancellationToken);
        if (refused.Count > 0)
        {
            await deadLetters.PutAsync(refused, cancellationToken);
        }
    }

    private async Task WriteAsync(ArraySegment<UsageRow> parts, List<(UsageRow Part, Exception Problem)> refused, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(parts, cancellationToken);
        }
        catch (Exception problem) when (store.IsRefusal(problem))
        {
            if (parts.Count == 1)
            {
                refused.Add((parts[0], problem));
                return;
            }

            await WriteAsync(parts[..(parts.Count / 2)], refused, cancellationToken);
            await WriteAsync(parts[(parts.Count / 2)..], refused, cancellationToken);
        }
    }

    private async Task WriteAsync(ArraySegment<UsageRow> parts, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();

        // A thread of its own: SQLite blocks, and those of the pool answer requests.
        var changes = await Task.Factory.StartNew(() => tables.WriteAsync(parts, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        metrics.CountWritten(parts.Count, time.GetElapsedTime(start), changes);
        if (settle is not null && changes.Settled() is { Count: > 0 } settled)
        {
            await SettleAsync(settled, settle, cancellationToken);
        }
    }

    private async Task SettleAsync(List<SettledRow> settled, Settlement settle, CancellationToken cancellationToken)
    {
        try
        {
            await settle(settled, cancellationToken);
        }
        catch (Exception fault)
        {
            LogUnsettled(settled.Count, fault);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Budgets could not be told of {Count} requests that are recorded; what was reserved for them expires by itself.")]
    private partial void LogUnsettled(int count, Exception fault);
}
