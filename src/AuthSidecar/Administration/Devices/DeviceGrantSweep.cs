using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Devices;

/// <summary>
/// Every minute: revokes the rows of tokens that no device collected in time, and removes grants 24 hours after their end. Until then
/// their user codes are not given out again.
/// </summary>
internal sealed partial class DeviceGrantSweep(Store store, TimeProvider time, ILogger<DeviceGrantSweep> logger) : BackgroundService
{
    private const int RowsAtOnce = 500;
    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _kept = TimeSpan.FromHours(24);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = Instant.Now(time);
        await using var context = store.Open();
        var uncollected = await context
            .DeviceGrants.AsNoTracking()
            .Where(grant => grant.Status == GrantStatus.Approved && grant.ExpiresAt <= now)
            .OrderBy(grant => grant.ExpiresAt)
            .Take(RowsAtOnce)
            .ToListAsync(cancellationToken);
        foreach (var grant in uncollected)
        {
            await ExpireAsync(grant, now, cancellationToken);
        }

        await context
            .DeviceGrants.Where(grant => grant.Status == GrantStatus.Pending && grant.ExpiresAt <= now)
            .ExecuteUpdateAsync(set => set.SetProperty(grant => grant.Status, GrantStatus.Expired), cancellationToken);
        var old = now - _kept;
        await context
            .DeviceGrants.Where(grant => grant.Status != GrantStatus.Approved && grant.ExpiresAt <= old)
            .ExecuteDeleteAsync(cancellationToken);
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

    private async Task ExpireAsync(DeviceGrant grant, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var expired = await context
            .DeviceGrants.Where(stored => stored.Id == grant.Id && stored.Status == GrantStatus.Approved && stored.ExpiresAt <= now)
            .ExecuteUpdateAsync(set => set.SetProperty(stored => stored.Status, GrantStatus.Expired), cancellationToken);
        if (expired == 0)
        {
            return;
        }

        var key = await context.ApiKeys.SingleOrDefaultAsync(key => key.Id == grant.TokenId && key.RevokedAt == null, cancellationToken);
        if (key is not null)
        {
            DeviceKeys.Revoke(context, key, now);
        }

        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Sweep of device grants failed; uncollected tokens stay unusable; next try in a minute."
    )]
    private partial void LogFailed(Exception fault);
}
