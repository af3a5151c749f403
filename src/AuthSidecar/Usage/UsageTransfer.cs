using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>Brings parts into the store. When it refuses them, halves are tried, and halves of these, until what it refuses stands alone and becomes a dead letter.</summary>
internal sealed class UsageTransfer(Store store, UsageTables tables, DeadLetterBox deadLetters, UsageMetrics metrics, TimeProvider time, Settler settler, MissingPrices? missing = null) : IDisposable
{
    // SQLite has one writer at a time, and lets whoever asks first go first only by luck; here they stand in line.
    private readonly SemaphoreSlim _turn = new(1);

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

    /// <summary>Writes records and the parts that they tell of, all or nothing; throws what the store throws.</summary>
    /// <param name="record">Writes the records, and returns the parts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task RunAsync(Func<UsageTransaction, Task<IReadOnlyList<UsageRow>>> record, CancellationToken cancellationToken)
    {
        var count = 0;
        return WriteAsync(() => tables.WriteAsync(CountAsync, cancellationToken), () => count, cancellationToken);

        async Task<IReadOnlyList<UsageRow>> CountAsync(UsageTransaction transaction)
        {
            var parts = await record(transaction);
            count = parts.Count;
            return parts;
        }
    }

    public void Dispose() => _turn.Dispose();

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

    private Task WriteAsync(ArraySegment<UsageRow> parts, CancellationToken cancellationToken) =>
        WriteAsync(() => tables.WriteAsync(parts, cancellationToken), () => parts.Count, cancellationToken);

    private async Task WriteAsync(Func<Task<UsageChanges>> write, Func<int> count, CancellationToken cancellationToken)
    {
        var changes = await InTurnAsync(write, count, cancellationToken);
        await settler.TellAsync(changes.Settled(), cancellationToken);
    }

    private async Task<UsageChanges> InTurnAsync(Func<Task<UsageChanges>> write, Func<int> count, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var start = time.GetTimestamp();

            // A thread of its own: SQLite blocks, and those of the pool answer requests.
            var changes = await Task.Factory.StartNew(write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
            metrics.CountWritten(count(), time.GetElapsedTime(start), changes);
            missing?.Note(changes);
            return changes;
        }
        finally
        {
            _turn.Release();
        }
    }
}
