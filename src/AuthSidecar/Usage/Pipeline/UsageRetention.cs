using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// Deletes usage past its retention at the start and once a day.
/// </summary>
internal sealed partial class UsageRetention(Store store, UsageOptions options, TimeProvider time, ILogger<UsageRetention> logger)
    : BackgroundService
{
    private static readonly TimeSpan _day = TimeSpan.FromDays(1);
    private static readonly TimeSpan _retry = TimeSpan.FromMinutes(1);

    private readonly OldUsage _old = new(store, time);

    /// <returns>Number of deleted rows.</returns>
    public Task<int> RunAsync(CancellationToken cancellationToken) =>
        _old.RemoveAsync(time.GetUtcNow() - TimeSpan.FromDays(options.RetentionDays), cancellationToken);

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

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Count} usage rows older than {Days} days.")]
    private partial void LogRemoved(int count, int days);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Deleting old usage failed; retrying in a minute.")]
    private partial void LogFailed(Exception fault);
}
