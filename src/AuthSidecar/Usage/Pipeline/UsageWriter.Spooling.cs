namespace AuthSidecar.Usage.Pipeline;

/// <content>Moves reports from memory to disk, and back from disk into the store.</content>
internal sealed partial class UsageWriter
{
    private const int MostSpooledAtOnce = 1024;
    private static readonly TimeSpan _pauseAfterFault = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _pauseOfFullDisk = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _relieving = new();
    private readonly List<UsageReport> _chunk = new(MostReports);
    private Task _relief = Task.CompletedTask;
    private SpoolFile? _replaying;
    private long? _faultAt;
    private long _dropped;

    private TimeSpan UntilReplay =>
        _faultAt is { } at && _pauseAfterFault - time.GetElapsedTime(at) is var rest && rest > _backoff.Wait ? rest : _backoff.Wait;

    private void StartRelief() => _relief = Task.Run(() => RelieveWhenNearlyFullAsync(_relieving.Token), CancellationToken.None);

    private async Task StopReliefAsync()
    {
        await _relieving.CancelAsync();
        await _relief.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // Runs beside the writes: the store is too slow, or a write hangs.
    private async Task RelieveWhenNearlyFullAsync(CancellationToken stopping)
    {
        while (true)
        {
            await queue.WaitForPressureAsync(stopping);
            if (!Relieve(queue.Capacity / 2))
            {
                await Task.Delay(_pauseOfFullDisk, time, stopping);
            }

            if (queue.Dropped is var dropped && dropped > _dropped)
            {
                LogDropped(dropped - _dropped, _dropped = dropped);
            }
        }
    }

    // Spools waiting reports down to the depth, and no more than wait now, so that it ends. False when the disk accepts none: the queue
    // keeps what fits.
    private bool Relieve(long depth)
    {
        var reports = new List<UsageReport>(MostSpooledAtOnce);
        for (var left = queue.Depth - depth; left > 0; left -= MostSpooledAtOnce)
        {
            reports.Clear();
            queue.TakeInto(reports, MostSpooledAtOnce);
            if (!TrySpool(reports))
            {
                queue.PutBack(reports);
                return false;
            }
        }

        return true;
    }

    private bool TrySpoolBatch()
    {
        if (!TrySpool(_batch))
        {
            return false;
        }

        _batch.Clear();
        return true;
    }

    // Never throws: an unexpected error must not end the process.
    private bool TrySpool(List<UsageReport> reports)
    {
        try
        {
            if (reports.Count > 0 && !spool.TryKeep(reports))
            {
                return false;
            }

            metrics.CountSpooled(reports.Count);
            return true;
        }
        catch (Exception fault)
        {
            LogSpoolFault(fault);
            return false;
        }
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
        var isDone = !await _replaying.ReadAsync(_chunk, MostReports, CancellationToken.None);
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

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "{Count} usage reports dropped ({Total} since the start): store unavailable, and memory and disk are full."
    )]
    private partial void LogDropped(long count, long total);

    [LoggerMessage(Level = LogLevel.Error, Message = "Unexpected error while spooling usage reports; they stay in memory.")]
    private partial void LogSpoolFault(Exception fault);
}
