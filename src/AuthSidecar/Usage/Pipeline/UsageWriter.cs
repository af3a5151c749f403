namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// The only consumer of the queue: commits usage reports in batches and spools to disk the reports that the store does not accept in time,
/// so that a killed process loses at most about a second of reports. Spooled reports are replayed once the store is available.
/// </summary>
/// <param name="queue">Source of the reports.</param>
/// <param name="batches">Writes to the store.</param>
/// <param name="spool">Reports on disk.</param>
/// <param name="metrics">Counters.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For operators.</param>
/// <param name="patience">How long a write may take before its reports and those in the queue are spooled too; null:
/// <see cref="Patience"/>.</param>
internal sealed partial class UsageWriter(
    UsageQueue queue,
    UsageBatchWriter batches,
    UsageSpool spool,
    UsageMetrics metrics,
    TimeProvider time,
    ILogger<UsageWriter> logger,
    TimeSpan? patience = null
) : BackgroundService
{
    public const int MostReports = 4096;

    // Twice this and a batch's age make the second of reports that may be lost; a shorter one would spool reports that a busy store
    // accepts.
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private const int Tries = 2;
    private const int ShareOfRest = 10;
    private const int ShareOfOpenRequests = 4;
    private static readonly TimeSpan _age = TimeSpan.FromMilliseconds(100);

    private readonly TimeSpan _patience = patience ?? Patience;
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _givingUp = new();
    private readonly List<UsageReport> _taken = new(MostReports);
    private readonly List<UsageReport> _batch = new(MostReports);
    private readonly HeldReports _held = new(time, queue.Capacity / ShareOfOpenRequests);
    private readonly UsageJournal _journal = new(spool, time);
    private bool _hasLost;
    private readonly Backoff _backoff = new(time);

    private bool IsDown => _backoff.Failures >= Tries;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        StartRelief();
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Commits waiting reports until the token is cancelled, and spools the rest.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await StopReliefAsync();
        queue.Close();
        await _closing.CancelAsync();
        await using (cancellationToken.Register(_givingUp.Cancel))
        {
            await (ExecuteTask ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await base.StopAsync(CancellationToken.None);
    }

    public override void Dispose()
    {
        _journal.Dispose();
        _relieving.Dispose();
        _closing.Dispose();
        _givingUp.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await NextAsync())
        {
            if (!await TryAsync(KeepAsync))
            {
                queue.CountLost(_batch.Count);
                _batch.Clear();
            }

            // The next process replays what this one gave up.
            if (!_hasLost)
            {
                _journal.Release(_held.Oldest);
            }

            if (!await TryAsync(ReplayAsync))
            {
                _faultAt = time.GetTimestamp();
                await TryAsync(() => CloseAsync(isDone: false));
            }
        }

        await TryAsync(() => CloseAsync(isDone: false));
        _journal.Dispose();
        spool.Dispose();
    }

    // An unexpected error must not end the writer, and with it the process.
    private async Task<bool> TryAsync(Func<Task> work)
    {
        try
        {
            await work();
            return true;
        }
        catch (Exception fault)
        {
            LogFault(fault);
            return false;
        }
    }

    // False at the end. A batch is empty when nothing is due; a replay uses that time.
    private async Task<bool> NextAsync()
    {
        _batch.Clear();
        if (queue.Depth == 0 && !queue.IsClosed && _held.Count == 0)
        {
            using var until = spool.MayHold ? new CancellationTokenSource(UntilReplay, time) : new CancellationTokenSource();
            await queue.WaitAsync(until.Token);
        }

        if (queue.Depth < MostReports)
        {
            await PauseAsync(_age, _closing.Token);
        }

        // Read before the queue: reports that are held when it closes need another round.
        var isClosed = queue.IsClosed;
        _taken.Clear();
        queue.TakeInto(_taken, MostReports);
        Collect(time.GetTimestamp());
        return _batch.Count > 0 || !isClosed;
    }

    // Reports that stay in memory are on disk first.
    private void Collect(long now)
    {
        _held.Add(_taken, now);
        if (IsDown || queue.IsClosed || queue.IsNearlyFull)
        {
            _held.TakeAll(_batch);
        }
        else if (_held.IsDue(now))
        {
            _held.TakeDue(_batch, now);
        }

        if (_held.Count > 0 && !_journal.TryAppend(_taken, now))
        {
            _held.TakeAll(_batch);
        }

        queue.Held = _held.Count;
    }

    // A spooled batch is empty. During an outage each batch is spooled at once, and the replay probes the store.
    private async Task KeepAsync()
    {
        if (_batch.Count == 0 || ((IsDown || _givingUp.IsCancellationRequested) && TrySpoolBatch()))
        {
            return;
        }

        while (!await TryWriteAsync(_batch))
        {
            if (_batch.Count == 0 || ((IsDown || queue.IsClosed || queue.IsNearlyFull) && TrySpoolBatch()))
            {
                return;
            }

            if (_givingUp.IsCancellationRequested)
            {
                queue.CountLost(_batch.Count);
                _hasLost = true;
                return;
            }

            await PauseAsync(_backoff.Wait, queue.IsClosed ? _givingUp.Token : _closing.Token);
        }

        _batch.Clear();
    }

    private async Task<bool> TryWriteAsync(IReadOnlyList<UsageReport> reports)
    {
        try
        {
            var start = time.GetTimestamp();
            await WatchAsync(batches.WriteAsync(reports, _givingUp.Token));
            var duration = time.GetElapsedTime(start);
            _backoff.Reset();

            // SQLite has one writer at a time and no queue for its lock: without a rest, commands of operators would not get it.
            await PauseAsync(duration / ShareOfRest, _closing.Token);
            return true;
        }
        catch (Exception)
        {
            // Logged by the batch writer.
            metrics.CountRetry();
            _backoff.Fail();
            return false;
        }
    }

    // A slow write is spooled as well; its replay is idempotent.
    private async Task WatchAsync(Task writing)
    {
        while (true)
        {
            await writing.WaitAsync(_patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (writing.IsCompleted)
            {
                await writing;
                return;
            }

            if (TrySpoolBatch() && !queue.IsClosed)
            {
                Relieve(depth: 0);
            }
        }
    }

    private Task PauseAsync(TimeSpan pause, CancellationToken until) =>
        Task.Delay(pause, time, until).ContinueWith(static _ => { }, TaskScheduler.Default);

    [LoggerMessage(Level = LogLevel.Error, Message = "Unexpected error in the usage writer; continuing.")]
    private partial void LogFault(Exception fault);
}
