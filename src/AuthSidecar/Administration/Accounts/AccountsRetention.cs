using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Accounts;

/// <summary>
/// Every quarter of an hour: writes the counts of failed logins to the audit trail, and deletes sessions 30 days after their end and
/// idempotency keys after 24 hours. The audit trail is kept.
/// </summary>
internal sealed partial class AccountsRetention(
    Store store,
    LoginFailures failures,
    SessionLimits limits,
    TimeProvider time,
    ILogger<AccountsRetention> logger
) : BackgroundService
{
    private const int RowsAtOnce = 500;
    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan _keptSessions = TimeSpan.FromDays(30);
    private static readonly TimeSpan _keptKeys = TimeSpan.FromHours(24);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await failures.FlushAsync(cancellationToken);
        var now = Instant.Now(time);
        var ended = now - _keptSessions;
        var (seen, created) = (ended - limits.Idle, ended - limits.Lifetime);
        await RemoveAsync(
            context =>
                context
                    .Sessions.Where(session => session.EndedAt < ended || session.LastSeenAt < seen || session.CreatedAt < created)
                    .OrderBy(session => session.Id)
                    .Take(RowsAtOnce),
            cancellationToken
        );
        var old = now - _keptKeys;
        await RemoveAsync(
            context => context.IdempotencyKeys.Where(key => key.CreatedAt < old).OrderBy(key => key.CreatedAt).Take(RowsAtOnce),
            cancellationToken
        );
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await failures.FlushAsync(cancellationToken);
        }
        catch (Exception fault)
        {
            LogFailed(fault);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(_interval, time, stoppingToken);
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(fault);
            }
        }
    }

    private async Task RemoveAsync<T>(Func<SidecarDbContext, IQueryable<T>> old, CancellationToken cancellationToken)
    {
        int removed;
        do
        {
            await using var context = store.Open();
            removed = await old(context).ExecuteDeleteAsync(cancellationToken);
        } while (removed == RowsAtOnce);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Deleting old sessions or recording failed logins failed; retrying in a quarter of an hour."
    )]
    private partial void LogFailed(Exception fault);
}
