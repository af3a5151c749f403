using System.Collections.Concurrent;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Usage.Recording;

/// <summary>
/// Writes a record and reports the usage that follows from it. Runs again after a rollback, so it creates its entities anew each time.
/// </summary>
internal delegate Task<RecordResult> RecordWrite(RecordSession session);

/// <summary>
/// Group commit of records: those that arrive during one write share the next transaction, so that one flush of the disk serves many. An
/// answered record is committed.
/// </summary>
internal sealed partial class RecordBatcher(UsageBatchWriter writer, ILogger<RecordBatcher> logger)
{
    private const int MostRecords = 256;

    private readonly ConcurrentQueue<Waiting> _waiting = new();

    /// <summary>
    /// Completes after the commit. Throws <see cref="RecordRefusedException"/> or the store's exception, and then the record is not stored.
    /// </summary>
    /// <param name="interceptionId">The record's interception.</param>
    /// <param name="write">Writes it.</param>
    public async Task<RecordResult> WriteAsync(string interceptionId, RecordWrite write)
    {
        var mine = new Waiting(interceptionId, write);
        _waiting.Enqueue(mine);
        while (!mine.IsTaken)
        {
            await WriteNextAsync(mine);
        }

        return await mine.Written.Task;
    }

    private async Task WriteNextAsync(Waiting mine)
    {
        var batch = new Batch(this, mine);
        try
        {
            await writer.WriteAsync(batch, CancellationToken.None);
        }
        catch (Exception fault) when (batch.Records.Length > 0)
        {
            // Records with an outcome keep it.
            Array.ForEach(batch.Records, record => record.Written.TrySetException(fault));
        }
    }

    private Waiting[] TakeNext()
    {
        var records = new List<Waiting>();
        while (records.Count < MostRecords && _waiting.TryDequeue(out var record))
        {
            record.IsTaken = true;
            records.Add(record);
        }

        // The same order in every replica, which avoids deadlocks.
        return [.. records.OrderBy(record => record.InterceptionId, StringComparer.Ordinal)];
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Record rejected by the store; failing its call.")]
    private partial void LogRejected(Exception fault);

    private sealed class Batch(RecordBatcher batcher, Waiting mine) : IUsageBatch<Waiting>
    {
        public Waiting[] Records { get; private set; } = [];

        // A record that an earlier batch took is answered by it; its caller writes nothing.
        public ArraySegment<Waiting> Take() => Records = mine.IsTaken ? [] : batcher.TakeNext();

        public Task<UsageChanges> WriteAsync(
            UsageRepository repository,
            ArraySegment<Waiting> items,
            CancellationToken cancellationToken
        ) =>
            repository.WriteAsync(
                async transaction =>
                {
                    await using var context = transaction.Open();
                    var session = new RecordSession(transaction, context);
                    foreach (var record in items)
                    {
                        record.Result = await record.Write(session);
                    }

                    await session.SaveAsync();
                    return session.Reports;
                },
                cancellationToken
            );

        public void Commit(ArraySegment<Waiting> items)
        {
            foreach (var record in items)
            {
                record.Written.TrySetResult(record.Result);
            }
        }

        public void Reject(Waiting item, Exception problem)
        {
            batcher.LogRejected(problem);
            item.Written.TrySetException(new RecordRefusedException(problem));
        }
    }

    private sealed class Waiting(string interceptionId, RecordWrite write)
    {
        public string InterceptionId => interceptionId;

        public RecordWrite Write => write;

        /// <summary>Belongs to a batch, whose writer completes <see cref="Written"/>.</summary>
        public bool IsTaken { get; set; }

        /// <summary>Outcome, should the batch be committed.</summary>
        public RecordResult Result { get; set; }

        // Continuations run elsewhere, not on the writer's thread.
        public TaskCompletionSource<RecordResult> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
