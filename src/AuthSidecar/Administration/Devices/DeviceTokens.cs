using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Devices;

/// <summary>Owner of device tokens: exactly one of both is set.</summary>
/// <param name="UserId">The account.</param>
/// <param name="External">The external identity.</param>
internal sealed record TokenOwner(string? UserId, ExternalIdentity? External);

/// <summary>Device tokens for their owner: those of others are unknown.</summary>
internal sealed class DeviceTokens(Store store, RevokeKey revoke, TimeProvider time)
{
    /// <summary>Owner of the presented token of an external identity.</summary>
    /// <returns>Null: no such token.</returns>
    public async Task<TokenOwner?> FindOwnerAsync(string keyId, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        return await context.ApiKeys.AsNoTracking().SingleOrDefaultAsync(key => key.Id == keyId, cancellationToken) switch
        {
            { Format: KeyFormat.Aso, UserId: { } user } => new(user, null),
            { Format: KeyFormat.Ase, ExternalIssuer: { } issuer, ExternalSubject: { } subject } => new(null, new(issuer, subject)),
            _ => null,
        };
    }

    /// <summary>Tokens in force, the newest first.</summary>
    public async Task<Outcome<Page<ApiKey>>> ListAsync(TokenOwner owner, ListFilter filter, CancellationToken cancellationToken)
    {
        if (filter.ReadByAge(out _, out var after) is { } refusal)
        {
            return refusal;
        }

        await using var context = store.Open();
        var live = Live(context, owner);
        var rest = after is not { CreatedAt: var at, Id: var id }
            ? live
            : live.Where(key => key.CreatedAt < at || (key.CreatedAt == at && string.Compare(key.Id, id) < 0));
        return await Paging.ReadAsync(live, NewestFirst(rest), filter, key => Cursor.Of(key.CreatedAt, key.Id), cancellationToken);
    }

    /// <summary>Tokens in force, the newest first, by the number of a page.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="page">From 1 on.</param>
    /// <param name="limit">Tokens of a page.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The page, and the number of tokens on all pages.</returns>
    public async Task<(IReadOnlyList<ApiKey> Tokens, int Total)> PageAsync(
        TokenOwner owner,
        int page,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var context = store.Open();
        var live = Live(context, owner);
        var total = await live.CountAsync(cancellationToken);
        var skipped = (long)(page - 1) * limit;
        return skipped >= total
            ? ([], total)
            : (await NewestFirst(live).Skip((int)skipped).Take(limit).ToListAsync(cancellationToken), total);
    }

    /// <summary>Revokes a token. A second revocation changes nothing.</summary>
    public async Task<Outcome<ApiKey>> EndAsync(TokenOwner owner, string id, CancellationToken cancellationToken)
    {
        var unknown = new Refusal(RefusalKind.NotFound, "unknown_device_token", "There is no such device token.");
        if (Rules.Id("token", id) is not null)
        {
            return unknown;
        }

        await using var context = store.Open();
        return await Of(context, owner).AnyAsync(key => key.Id == id, cancellationToken)
            ? await revoke.RunAsync(id, cancellationToken)
            : unknown;
    }

    // An address that both an account and an external identity have does not make them one.
    private static IQueryable<ApiKey> Of(SidecarDbContext context, TokenOwner owner)
    {
        var keys = context.ApiKeys.AsNoTracking();
        if (owner.External is not { Issuer: var issuer, Subject: var subject })
        {
            return keys.Where(key => key.Format == KeyFormat.Aso && key.UserId == owner.UserId);
        }

        return keys.Where(key =>
            key.Format == KeyFormat.Ase && key.UserId == null && key.ExternalIssuer == issuer && key.ExternalSubject == subject
        );
    }

    private IQueryable<ApiKey> Live(SidecarDbContext context, TokenOwner owner) =>
        KeyStatuses.InForce(Of(context, owner), Instant.Now(time)).Where(key => key.Hash != null);

    private static IQueryable<ApiKey> NewestFirst(IQueryable<ApiKey> keys) =>
        keys.OrderByDescending(key => key.CreatedAt).ThenByDescending(key => key.Id);
}
