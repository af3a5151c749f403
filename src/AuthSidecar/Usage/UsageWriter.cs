using AuthSidecar.Storage;
using AuthSidecar.Telemetry;

namespace AuthSidecar.Usage;

/// <summary>
/// Takes parts out of the queue and writes them into the store, many at once. What the store does not take at once goes to disk and comes back from there when it does,
/// so that a killed process loses no more than what it has just been told.
/// </summary>
/// <param name="queue">Where they wait.</param>
/// <param name="transfer">The way into the store.</param>
/// <param name="spool">What is on disk.</param>
/// <param name="spill">The way there.</param>
/// <param name="metrics">What becomes of them.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For operators.</param>
/// <param name="patience">How long a write may take before what it writes, and what waits behind it, is on disk too; null: <see cref="Patience"/>.</param>
internal sealed partial class UsageWriter(
    UsageQueue queue, UsageTransfer transfer, UsageSpool spool, UsageSpill spill, UsageMetrics metrics, TimeProvider time, ILogger<UsageWriter> logger, TimeSpan? patience = null) : BackgroundService
{
    public const int MostParts = 4096;

    // Two of them and a batch's age are about the second that may be lost; a shorter one sends to disk what a busy store would have taken.
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private const int Tries = 2;
    private const int ShareOfRest = 10;
    private static readonly TimeSpan _age = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _pauseAfterFault = TimeSpan.FromSeconds(10);

    private readonly TimeSpan _patience = patience ?? Patience;
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _givingUp = new();
    private readonly List<UsageRow> _batch = new(MostParts);
    private readonly List<UsageRow> _chunk = new(MostParts);
    private readonly Backoff _backoff = new(time);
    private readonly OutageLog _outage = new(time);
    private SpoolFile? _replaying;
    private long? _faultAt;

    private TimeSpan UntilReplay => _faultAt is { } at && _pauseAfterFault - time.GetElapsedTime(at) is var rest && rest > _backoff.Wait ? rest : _backoff.Wait;

    private bool IsDown => _backoff.Failures >= Tries;

    /// <summary>Takes what still waits into the store until time is up, and the rest to disk.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
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
                queue.Lose(_batch.Count);
                _batch.Clear();
            }

            if (!await TryAsync(ReplayAsync))
            {
                _faultAt = time.GetTimestamp();
                await TryAsync(() => CloseAsync(isDone: false));
            }
        }

        await TryAsync(() => CloseAsync(isDone: false));
        spool.Dispose();
    }

    // What nobody foresaw must not end the writer, and with it the process.
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

    // False at the end. An empty batch: nothing was told, and there is time for what is on disk.
    private async Task<bool> NextAsync()
    {
        _batch.Clear();
        if (queue.Depth == 0 && !queue.IsClosed)
        {
            using var until = spool.MayHold ? new CancellationTokenSource(UntilReplay, time) : new CancellationTokenSource();
            await queue.WaitAsync(until.Token);
        }

        if (queue.Depth < MostParts)
        {
            await PauseAsync(_age, _closing.Token);
        }

        queue.TakeInto(_batch, MostParts);
        return _batch.Count > 0 || !queue.IsClosed;
    }

    // What is on disk is not in the batch any more. While the store is down each batch goes to disk at once, and what is on disk is what tries it.
    private async Task KeepAsync()
    {
        if (_batch.Count == 0 || ((IsDown || _givingUp.IsCancellationRequested) && TrySpool()))
        {
            return;
        }

        while (!await TryWriteAsync(_batch))
        {
            if (_batch.Count == 0 || ((IsDown || queue.IsClosed || queue.IsNearlyFull) && TrySpool()))
            {
                return;
            }

            if (_givingUp.IsCancellationRequested)
            {
                queue.Lose(_batch.Count);
                return;
            }

            await PauseAsync(_backoff.Wait, queue.IsClosed ? _givingUp.Token : _closing.Token);
        }

        _batch.Clear();
    }

    private async Task ReplayAsync()
    {
        if (!spool.MayHold || queue.IsClosed || queue.IsNearlyFull || UntilReplay > TimeSpan.Zero)
        {
            return;
        }

        _replaying ??= spool.OpenOldest();
        if (_replaying is null)
        {
            _backoff.Reset();
            return;
        }

        _chunk.Clear();
        var isDone = !await _replaying.ReadAsync(_chunk, MostParts, CancellationToken.None);
        if (_chunk.Count > 0 && !await TryWriteAsync(_chunk))
        {
            await CloseAsync(isDone: false);
            return;
        }

        metrics.CountReplayed(_chunk.Count);
        if (isDone)
        {
            metrics.CountTorn(_replaying.Torn);
            await CloseAsync(isDone: true);
        }
    }

    private async Task CloseAsync(bool isDone)
    {
        if (_replaying is { } file)
        {
            _replaying = null;
            if (isDone)
            {
                file.Remove();
            }

            await file.DisposeAsync();
        }
    }

    private async Task<bool> TryWriteAsync(IReadOnlyList<UsageRow> parts)
    {
        try
        {
            var start = time.GetTimestamp();
            await WatchAsync(transfer.RunAsync(parts, _givingUp.Token));
            var duration = time.GetElapsedTime(start);
            if (_outage.Recover() is { } outage)
            {
                LogTaken(outage.Duration, outage.Failures);
            }

            _backoff.Reset();

            // SQLite has one writer at a time and those who wait for it are not in a queue: without a rest nobody else would get in.
            await PauseAsync(duration / ShareOfRest, _closing.Token);
            return true;
        }
        catch (Exception fault)
        {
            metrics.CountRetry();
            if (_outage.Fail())
            {
                LogNotTaken(fault);
            }

            _backoff.Fail();
            return false;
        }
    }

    // It may be stored and on disk then, which changes nothing.
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

            if (TrySpool() && !queue.IsClosed)
            {
                spill.Relieve(depth: 0);
            }
        }
    }

    private Task PauseAsync(TimeSpan pause, CancellationToken until) => Task.Delay(pause, time, until).ContinueWith(static _ => { }, TaskScheduler.Default);

    private bool TrySpool()
    {
        if (!spill.TryKeep(_batch))
        {
            return false;
        }

        _batch.Clear();
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store does not take usage; it is tried again, and what comes meanwhile is kept on disk.")]
    private partial void LogNotTaken(Exception fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "The store takes usage again after {Duration}; {Failures} writes failed.")]
    private partial void LogTaken(TimeSpan duration, long failures);

    [LoggerMessage(Level = LogLevel.Error, Message = "Writing usage failed in a way that nobody foresaw; it goes on.")]
    private partial void LogFault(Exception fault);
}
