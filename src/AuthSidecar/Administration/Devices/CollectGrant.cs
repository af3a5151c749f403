using AuthSidecar.Administration.Keys;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Devices;

/// <summary>
/// Answers a device's poll. The poll that consumes an approved grant makes the token and writes its hash in the same transaction, so that
/// no token lies at rest.
/// </summary>
internal sealed class CollectGrant(
    Store store,
    KeyHasher hasher,
    GrantCodes codes,
    GrantMetrics metrics,
    LiveOptions<DeviceOptions> options,
    TimeProvider time
)
{
    public async Task<Collected> RunAsync(string deviceCode, string clientId, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        if (
            options.Current.ClientOf(clientId) is null
            || await codes.FindByDeviceCodeAsync(context, deviceCode, cancellationToken) is not { } grant
            || grant.ClientId != clientId
        )
        {
            return Of(CollectedKind.Expired);
        }

        var now = Instant.Now(time);
        var (polled, isTooSoon) = GrantState.Of(grant).Poll(now);
        if (!await RecordAsync(context, grant, now, cancellationToken) || isTooSoon)
        {
            return Of(CollectedKind.SlowDown);
        }

        return polled.Answer(now).Answer switch
        {
            CollectedKind.Token => await ConsumeAsync(context, grant, now, cancellationToken),
            CollectedKind.Denied => await DenyAsync(context, grant, now, cancellationToken),
            var answer => Of(answer),
        };
    }

    /// <returns>False: another poll came at the same time, and this one is the second.</returns>
    private static async Task<bool> RecordAsync(
        SidecarDbContext context,
        DeviceGrant grant,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var stored = context.DeviceGrants.Where(stored => stored.Id == grant.Id);
        if (await Write(stored.Where(stored => stored.LastPollAt == grant.LastPollAt)) == 1)
        {
            return true;
        }

        await Write(stored);
        return false;

        Task<int> Write(IQueryable<DeviceGrant> rows) =>
            rows.ExecuteUpdateAsync(set => set.SetProperty(stored => stored.LastPollAt, now), cancellationToken);
    }

    private async Task<Collected> ConsumeAsync(
        SidecarDbContext context,
        DeviceGrant grant,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await ConsumeApprovedAsync(context, grant, now, cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            // The token was revoked concurrently: the grant stays approved, and the next poll finds the revoked row.
            return Of(CollectedKind.Pending);
        }
    }

    private async Task<Collected> ConsumeApprovedAsync(
        SidecarDbContext context,
        DeviceGrant grant,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var approved = context.DeviceGrants.Where(stored =>
            stored.Id == grant.Id && stored.Status == GrantStatus.Approved && stored.ExpiresAt > now
        );
        var consumed = await approved.ExecuteUpdateAsync(
            set => set.SetProperty(stored => stored.Status, GrantStatus.Consumed).SetProperty(stored => stored.AnsweredAt, now),
            cancellationToken
        );
        if (consumed == 0)
        {
            return Of(CollectedKind.Expired);
        }

        var key = await context.ApiKeys.Include(key => key.User).SingleAsync(key => key.Id == grant.TokenId, cancellationToken);
        var isUsable = key is { RevokedAt: null, ExpiredAt: null, User: null or { Status: UserStatus.Active } } && key.ExpiresAt >= now;
        var token = isUsable ? KeyToken.Generate(FamilyOf(key), key.Id) : null;
        if (token is not null)
        {
            key.Hash = hasher.Hash(token).ToArray();
            key.Pepper = hasher.PepperId;
            context.Invalidations.Add(CacheInvalidation.OfKey(key.Id, now));
            context.AuditEvents.Add(GrantAudit.Collected(grant, key, now));
        }
        else if (key.RevokedAt is null)
        {
            DeviceKeys.Revoke(context, key, now);
        }

        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (token is null)
        {
            return Of(CollectedKind.Denied);
        }

        metrics.Count(GrantEvent.Collected);
        return new(CollectedKind.Token, new IssuedKey(key, token), key.User, grant.SubjectEmail);
    }

    private static async Task<Collected> DenyAsync(
        SidecarDbContext context,
        DeviceGrant grant,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var answered = await context
            .DeviceGrants.Where(stored => stored.Id == grant.Id && stored.Status == GrantStatus.Denied && stored.AnsweredAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(stored => stored.AnsweredAt, now), cancellationToken);
        return Of(answered == 1 ? CollectedKind.Denied : CollectedKind.Expired);
    }

    private static TokenFamily FamilyOf(ApiKey key) => key.Format == KeyFormat.Ase ? TokenFamily.Ase : TokenFamily.Aso;

    private static Collected Of(CollectedKind kind) => new(kind, null, null, null);
}
