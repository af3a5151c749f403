using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Devices;

/// <summary>Approves or denies a grant, once. The approval makes the row of the token, which has no hash before the collection.</summary>
internal sealed class DecideGrant(
    Store store,
    GrantCodes codes,
    GrantMetrics metrics,
    LiveOptions<DeviceOptions> options,
    TimeProvider time
)
{
    private const int MostAttempts = 3;

    /// <returns>
    /// Refused with <c>expired_or_unknown</c>, <c>already_resolved</c>, <c>other_network</c>, <c>email_belongs_to_account</c>,
    /// <c>user_not_active</c> or <c>session_already_consumed</c>.
    /// </returns>
    public async Task<Outcome<DeviceGrantView>> ApproveAsync(string userCode, Approver by, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ApproveOnceAsync(userCode, by, cancellationToken);
            }
            catch (DbUpdateConcurrencyException) when (attempt < MostAttempts)
            {
                // The previous token of the device was revoked concurrently.
            }
        }
    }

    /// <returns>Refused with <c>expired_or_unknown</c>, <c>already_resolved</c> or <c>session_already_consumed</c>.</returns>
    public async Task<Outcome<DeviceGrantView>> DenyAsync(string userCode, Approver by, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var now = Instant.Now(time);
        var (grant, client, refusal) = await FindAsync(context, userCode, cancellationToken);
        if (refusal is not null)
        {
            return refusal;
        }

        if (GrantState.Of(grant!).Deny(now) is not { } denied)
        {
            return RefusalOf(grant!, now);
        }

        if (!await UseProofAsync(context, by, now, cancellationToken))
        {
            return ProofUsed();
        }

        if (!await SaveAsync(context, grant!, denied, null, null, now, cancellationToken))
        {
            return AlreadyResolved();
        }

        context.AuditEvents.Add(GrantAudit.Denied(grant!, by, now));
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        metrics.Count(GrantEvent.Denied);
        return await ViewAsync(context, grant!, client!, cancellationToken);
    }

    private async Task<Outcome<DeviceGrantView>> ApproveOnceAsync(string userCode, Approver by, CancellationToken cancellationToken)
    {
        await using var context = store.Open();

        // Of approvals for one device, the later one sees the token of the earlier one.
        await using var exclusive = await context.BeginExclusiveAsync(StoreLocks.KeysOf(DeviceKeys.OwnerOf(by)), cancellationToken);
        var now = Instant.Now(time);
        var (grant, client, refusal) = await FindAsync(context, userCode, cancellationToken);
        if (refusal is not null)
        {
            return refusal;
        }

        if (GrantState.Of(grant!).Approve(now) is not { } approved)
        {
            return RefusalOf(grant!, now);
        }

        if (options.Current.SameNetwork == SameNetwork.Require && !ClientNetwork.AreSame(grant!.Address, by.Address))
        {
            return Refusal.Forbidden("other_network", "The device is in another network than this browser; only the same is allowed.");
        }

        if (await DeviceKeys.RefuseAsync(context, by, cancellationToken) is { } refused)
        {
            return refused;
        }

        if (!await UseProofAsync(context, by, now, cancellationToken))
        {
            return ProofUsed();
        }

        var key = DeviceKeys.Make(grant!, client!, by, now, now + options.Current.TokenLifetime);
        if (!await SaveAsync(context, grant!, approved, key.Id, by, now, cancellationToken))
        {
            return AlreadyResolved();
        }

        await DeviceKeys.RevokePreviousAsync(context, key, now, cancellationToken);
        context.ApiKeys.Add(key);
        context.Invalidations.Add(CacheInvalidation.OfKey(key.Id, now));
        context.AuditEvents.Add(GrantAudit.Approved(grant!, key.Id, by, now));
        await context.SaveChangesAsync(cancellationToken);
        await exclusive.CommitAsync(cancellationToken);
        metrics.Count(GrantEvent.Approved);
        return await ViewAsync(context, grant!, client!, cancellationToken);
    }

    private async Task<(DeviceGrant? Grant, DeviceClientOptions? Client, Refusal? Refusal)> FindAsync(
        SidecarDbContext context,
        string userCode,
        CancellationToken cancellationToken
    ) =>
        UserCode.Read(userCode) is { } code
        && await codes.FindByUserCodeAsync(context, code, cancellationToken) is { } grant
        && options.Current.ClientOf(grant.ClientId) is { } client
        && DeviceScopes.Of(client, grant.Scopes).Count > 0
            ? (grant, client, null)
            : (null, null, ExpiredOrUnknown());

    // Stored in the transaction of the decision: on all replicas a proof counts once, and a refusal does not use it up. The row is kept for
    // 24 hours, the proof itself is dead after five minutes.
    private async Task<bool> UseProofAsync(SidecarDbContext context, Approver by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (by.ProofId is not { } proof)
        {
            return by.External is null;
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(proof));
        context.IdempotencyKeys.Add(
            new()
            {
                Caller = "device-approval",
                Key = Convert.ToHexString(hash),
                RequestHash = hash,
                Status = StatusCodes.Status200OK,
                CreatedAt = now,
            }
        );
        try
        {
            await context.SaveChangesAsync(cancellationToken);
            return true;
        }
        catch (DbUpdateException exception) when (store.IsTaken(exception))
        {
            return false;
        }
    }

    // The status in the condition lets the first of concurrent decisions win.
    private static async Task<bool> SaveAsync(
        SidecarDbContext context,
        DeviceGrant grant,
        GrantState next,
        string? tokenId,
        Approver? approver,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var email = approver?.External is null ? null : approver.Email;
        return await context
                .DeviceGrants.Where(stored => stored.Id == grant.Id && stored.Status == GrantStatus.Pending && stored.ExpiresAt > now)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(stored => stored.Status, next.Status)
                            .SetProperty(stored => stored.ExpiresAt, next.ExpiresAt)
                            .SetProperty(stored => stored.TokenId, tokenId)
                            .SetProperty(stored => stored.SubjectEmail, email)
                            .SetProperty(stored => stored.DecidedAt, now),
                    cancellationToken
                ) == 1;
    }

    private static async Task<DeviceGrantView> ViewAsync(
        SidecarDbContext context,
        DeviceGrant grant,
        DeviceClientOptions client,
        CancellationToken cancellationToken
    ) =>
        DeviceGrantView.Of(
            await context.DeviceGrants.AsNoTracking().SingleAsync(stored => stored.Id == grant.Id, cancellationToken),
            client
        );

    private Refusal RefusalOf(DeviceGrant grant, DateTimeOffset now) =>
        GrantState.Of(grant).IsDead(now) ? ExpiredOrUnknown() : AlreadyResolved();

    private Refusal ExpiredOrUnknown()
    {
        metrics.Count(GrantEvent.UnknownCode);
        return new(RefusalKind.NotFound, "expired_or_unknown", "This code is unknown or has expired; start again on the device.");
    }

    private static Refusal ProofUsed() => Refusal.Conflict("session_already_consumed", "This sign-in was used for a decision already.");

    private static Refusal AlreadyResolved() => Refusal.Conflict("already_resolved", "This request was approved or denied already.");
}
