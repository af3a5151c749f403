using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// The only writer of usage: commits batches of reports and of Recorder records, one at a time, and notifies budgets of each commit.
/// A batch that the store rejects for its content is halved until the rejected items stand alone.
/// </summary>
internal sealed partial class UsageBatchWriter(
    Store store,
    UsageRepository repository,
    DeadLetterBox deadLetters,
    UsageMetrics metrics,
    TimeProvider time,
    SettlementNotifier settlements,
    ILogger<UsageBatchWriter> logger,
    MissingPrices? missing = null,
    CommittedRows? committed = null
) : IDisposable
{
    // SQLite has one writer at a time and grants its lock by luck; here writers queue.
    private readonly SemaphoreSlim _turn = new(1);
    private readonly OutageLog _outage = new(time);

    /// <summary>
    /// Commits reports; rejected ones become dead letters. Throws when the store is unavailable: some may be committed then, and writing
    /// them again changes nothing.
    /// </summary>
    public async Task WriteAsync(IReadOnlyList<UsageReport> reports, CancellationToken cancellationToken)
    {
        var batch = new ReportBatch(reports);
        await WriteAsync(batch, cancellationToken);
        if (batch.Rejected.Count > 0)
        {
            await deadLetters.PutAsync(batch.Rejected, cancellationToken);
        }
    }

    /// <summary>Commits a batch. Throws when the store is unavailable; items without an outcome are not committed then.</summary>
    public Task WriteAsync<T>(IUsageBatch<T> batch, CancellationToken cancellationToken) =>
        WriteAsync(batch, batch.Take, isRetry: false, cancellationToken);

    public void Dispose() => _turn.Dispose();

    private async Task WriteAsync<T>(IUsageBatch<T> batch, Func<ArraySegment<T>> take, bool isRetry, CancellationToken cancellationToken)
    {
        ArraySegment<T> items = [];
        try
        {
            var changes = await InTurnAsync(
                () => (items = take()).Count > 0 ? () => batch.WriteAsync(repository, items, cancellationToken) : null,
                cancellationToken
            );
            if (changes is not null)
            {
                committed?.Invoke(changes.Rows.Select(row => row.After));
                await settlements.NotifyAsync(changes.Settled(), cancellationToken);
                batch.Commit(items);
            }
        }
        catch (Exception problem) when (IsRejection(problem))
        {
            if (items.Count == 1 && isRetry)
            {
                batch.Reject(items[0], problem);
                return;
            }

            // A single item is tried once more: another replica may have committed the same first.
            var half = (items.Count + 1) / 2;
            await WriteAsync(batch, () => items[..half], isRetry: true, cancellationToken);
            if (half < items.Count)
            {
                await WriteAsync(batch, () => items[half..], isRetry: true, cancellationToken);
            }
        }
    }

    private async Task<UsageChanges?> InTurnAsync(Func<Func<Task<UsageChanges>>?> take, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (take() is not { } write)
            {
                return null;
            }

            var start = time.GetTimestamp();

            // A dedicated thread: SQLite blocks, and the pool's threads answer requests.
            var changes = await Task
                .Factory.StartNew(write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .Unwrap();
            NoteAvailable();
            metrics.CountWritten(changes.Reports, time.GetElapsedTime(start), changes);
            missing?.Note(changes);
            return changes;
        }
        catch (Exception problem)
        {
            if (IsRejection(problem))
            {
                NoteAvailable();
            }
            else if (_outage.Fail())
            {
                LogUnavailable(problem);
            }

            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    private void NoteAvailable()
    {
        if (_outage.Recover() is { } outage)
        {
            LogRecovered(outage.Duration, outage.Failures);
        }
    }

    private bool IsRejection(Exception problem) =>
        store.IsRefusal(problem is DbUpdateException { InnerException: { } cause } ? cause : problem);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Usage store unavailable; spooling reports to disk and failing Recorder calls until it recovers."
    )]
    private partial void LogUnavailable(Exception problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Usage store available again after {Duration}; {Failures} writes failed.")]
    private partial void LogRecovered(TimeSpan duration, long failures);

    private sealed class ReportBatch(IReadOnlyList<UsageReport> reports) : IUsageBatch<UsageReport>
    {
        // Copied before the turn comes: the caller may spool and clear its list meanwhile.
        private readonly UsageReport[] _reports = [.. reports];

        public List<(UsageReport Report, Exception Problem)> Rejected { get; } = [];

        public ArraySegment<UsageReport> Take() => _reports;

        public Task<UsageChanges> WriteAsync(
            UsageRepository repository,
            ArraySegment<UsageReport> items,
            CancellationToken cancellationToken
        ) => repository.WriteAsync(items, cancellationToken);

        public void Commit(ArraySegment<UsageReport> items) { }

        public void Reject(UsageReport item, Exception problem) => Rejected.Add((item, problem));
    }
}
