using AuthSidecar.Storage;
using AuthSidecar.Telemetry;

namespace AuthSidecar.Usage;

/// <summary>Tells budgets what is committed. When the store cannot be read just then they are told again until it can: else what was reserved would be held until it expires.</summary>
internal sealed partial class Settler(TimeProvider time, ILogger<Settler> logger, Settlement? settle = null) : IDisposable
{
    /// <summary>The oldest of more are left to expire.</summary>
    public const int MostWaiting = 65_536;

    private const int MostAtOnce = 4096;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<SettledRow> _waiting = [];
    private readonly Backoff _backoff = new(time);
    private readonly OutageLog _outage = new(time);
    private bool _isRetrying;

    /// <summary>Never throws. While something waits to be told again, this waits behind it and not here.</summary>
    public async Task TellAsync(IReadOnlyList<SettledRow> rows, CancellationToken cancellationToken)
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

    private async Task RetryAsync(Settlement settle)
    {
        var stopping = _stopping.Token;
        while (true)
        {
            await Task.Delay(_backoff.Wait, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            SettledRow[] some;
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

    // False: again later. What fails in another way would do so for ever, and those behind it would never be told.
    private async Task<bool> TryAsync(Settlement settle, IReadOnlyList<SettledRow> rows, CancellationToken cancellationToken)
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

    private void Keep(IReadOnlyList<SettledRow> rows)
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "Budgets cannot be told of requests that are recorded; they are told again until they can.")]
    private partial void LogLater(Exception fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "Budgets can be told of requests again after {Duration}; {Failures} attempts failed.")]
    private partial void LogSettled(TimeSpan duration, long failures);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Budgets could not be told of {Count} requests that are recorded; what was reserved for them expires by itself.")]
    private partial void LogUnsettled(int count, Exception? fault);
}
