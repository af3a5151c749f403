using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// Notifies the budget ledger after each commit and retries until the store is readable; otherwise reservations would stay held until they
/// expire.
/// </summary>
internal sealed partial class SettlementNotifier(TimeProvider time, ILogger<SettlementNotifier> logger, SettlementHandler? settle = null)
    : IDisposable
{
    /// <summary>Maximum number of pending notifications; older ones are dropped, and their reservations expire.</summary>
    public const int MostWaiting = 65_536;

    private const int MostAtOnce = 4096;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<SettledUsage> _waiting = [];
    private readonly Backoff _backoff = new(time);
    private readonly OutageLog _outage = new(time);
    private bool _isRetrying;

    /// <summary>Never throws. During an outage rows are queued for the retry, and the call returns at once.</summary>
    public async Task NotifyAsync(IReadOnlyList<SettledUsage> rows, CancellationToken cancellationToken)
    {
        if (settle is null || rows.Count == 0)
        {
            return;
        }

        lock (_lock)
        {
            if (_isRetrying)
            {
                Keep(rows);
                return;
            }
        }

        if (!await TryAsync(settle, rows, cancellationToken))
        {
            lock (_lock)
            {
                Keep(rows);
                if (!_isRetrying)
                {
                    _isRetrying = true;
                    _ = Task.Run(() => RetryAsync(settle), CancellationToken.None);
                }
            }
        }
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private async Task RetryAsync(SettlementHandler settle)
    {
        var stopping = _stopping.Token;
        while (true)
        {
            await Task.Delay(_backoff.Wait, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            SettledUsage[] some;
            lock (_lock)
            {
                if (_waiting.Count == 0 || stopping.IsCancellationRequested)
                {
                    _isRetrying = false;
                    return;
                }

                some = [.. _waiting.Take(MostAtOnce)];
                _waiting.RemoveRange(0, some.Length);
            }

            if (!await TryAsync(settle, some, stopping))
            {
                lock (_lock)
                {
                    _waiting.InsertRange(0, some);
                    Bound();
                }
            }
        }
    }

    // False: retry later. Other failures would repeat for ever and block the rows behind them.
    private async Task<bool> TryAsync(SettlementHandler settle, IReadOnlyList<SettledUsage> rows, CancellationToken cancellationToken)
    {
        try
        {
            await settle(rows, cancellationToken);
            _backoff.Reset();
            if (_outage.Recover() is { } outage)
            {
                LogSettled(outage.Duration, outage.Failures);
            }

            return true;
        }
        catch (Exception fault) when (fault is StoreUnavailableException or OperationCanceledException)
        {
            if (_outage.Fail())
            {
                LogLater(fault);
            }

            _backoff.Fail();
            return false;
        }
        catch (Exception fault)
        {
            LogUnsettled(rows.Count, fault);
            return true;
        }
    }

    private void Keep(IReadOnlyList<SettledUsage> rows)
    {
        _waiting.AddRange(rows);
        Bound();
    }

    private void Bound()
    {
        if (_waiting.Count - MostWaiting is var more and > 0)
        {
            _waiting.RemoveRange(0, more);
            LogUnsettled(more, null);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Budget settlement failed because the store is unreadable; retrying.")]
    private partial void LogLater(Exception fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "Budget settlement works again after {Duration}; {Failures} attempts failed.")]
    private partial void LogSettled(TimeSpan duration, long failures);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Budget settlement of {Count} committed requests dropped; their reservations expire."
    )]
    private partial void LogUnsettled(int count, Exception? fault);
}
