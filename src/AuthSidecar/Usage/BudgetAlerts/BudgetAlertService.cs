using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Usage.BudgetAlerts;

/// <summary>
/// Looks for reached budgets after settlements, at most every five seconds, and once a minute for those of other replicas; and delivers
/// their messages. No request waits for it.
/// </summary>
internal sealed partial class BudgetAlertService(
    BudgetAlertFinder finder,
    BudgetWebhook webhook,
    TimeProvider time,
    ILogger<BudgetAlertService> logger
) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);
    private const int IntervalsWithoutSettlement = 12;

    private int _isSettled;

    /// <summary>Notes that spend has changed, before the settlement itself.</summary>
    public SettlementHandler After(SettlementHandler settle) =>
        (rows, cancellationToken) =>
        {
            Volatile.Write(ref _isSettled, 1);
            return settle(rows, cancellationToken);
        };

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        webhook.IsConfigured ? Task.WhenAll(FindAsync(stoppingToken), DeliverAsync(stoppingToken)) : FindAsync(stoppingToken);

    private async Task FindAsync(CancellationToken stoppingToken)
    {
        for (var idle = IntervalsWithoutSettlement; !stoppingToken.IsCancellationRequested; idle++)
        {
            if (Interlocked.Exchange(ref _isSettled, 0) == 1 || idle >= IntervalsWithoutSettlement)
            {
                idle = 0;
                try
                {
                    await finder.RunAsync(stoppingToken);
                }
                catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
                {
                    LogNotFound(fault);
                }
            }

            await Task.Delay(_interval, time, stoppingToken);
        }
    }

    private async Task DeliverAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await webhook.RunAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotDelivered(fault);
            }

            await Task.Delay(_interval, time, stoppingToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reached budgets cannot be looked up; warnings wait, next try within a minute.")]
    private partial void LogNotFound(Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Messages about budgets cannot be delivered; they wait in the store.")]
    private partial void LogNotDelivered(Exception fault);
}
