using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// Deletes usage past its retention at the start and once a day, in small batches that do not block writers for long. Monthly spend is
/// kept.
/// </summary>
internal sealed partial class UsageRetention(Store store, UsageOptions options, TimeProvider time, ILogger<UsageRetention> logger)
    : BackgroundService
{
    private const int RowsAtOnce = 500;
    private static readonly TimeSpan _day = TimeSpan.FromDays(1);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _retry = TimeSpan.FromMinutes(1);

    /// <returns>Number of deleted rows.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var oldest = time.GetUtcNow() - TimeSpan.FromDays(options.RetentionDays);
        var oldestDay = UsageSums.DayOf(oldest);
        return await RemoveAsync(
                context => context.Usage.Where(row => row.Time < oldest).OrderBy(row => row.Time).Take(RowsAtOnce),
                cancellationToken
            )
            + await RemoveAsync(
                context => context.UsageDays.Where(day => day.Day < oldestDay).OrderBy(day => day.Day).Take(RowsAtOnce),
                cancellationToken
            )
            + await RemoveAsync(
                context =>
                    context
                        .Interceptions.Where(interception => interception.StartedAt < oldest)
                        .OrderBy(interception => interception.StartedAt)
                        .Take(RowsAtOnce),
                cancellationToken
            )
            + await RemoveAsync(
                context => context.BilledObjects.Where(billed => billed.Time < oldest).OrderBy(billed => billed.Time).Take(RowsAtOnce),
                cancellationToken
            )
            + await RemoveAsync(
                context => context.DeadLetters.Where(letter => letter.At < oldest).OrderBy(letter => letter.Id).Take(RowsAtOnce),
                cancellationToken
            );
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = _day;
            try
            {
                if (await RunAsync(stoppingToken) is > 0 and var count)
                {
                    LogRemoved(count, options.RetentionDays);
                }
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(fault);
                pause = _retry;
            }

            await Task.Delay(pause, time, stoppingToken);
        }
    }

    private async Task<int> RemoveAsync<T>(Func<SidecarDbContext, IQueryable<T>> old, CancellationToken cancellationToken)
    {
        var count = 0;
        while (true)
        {
            await using var context = store.Open();
            var removed = await old(context).ExecuteDeleteAsync(cancellationToken);
            count += removed;
            if (removed < RowsAtOnce)
            {
                return count;
            }

            await Task.Delay(_pause, time, cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Count} usage rows older than {Days} days.")]
    private partial void LogRemoved(int count, int days);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Deleting old usage failed; retrying in a minute.")]
    private partial void LogFailed(Exception fault);
}
