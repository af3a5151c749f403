using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Keys;

/// <summary>
/// Issues a key with a new id and secret in the same key line, with the same owner, rights, expiry, budget and limits; the old key expires
/// after a grace period. A key that a newer valid one of its line has replaced cannot be rotated again.
/// </summary>
internal sealed class RotateKey(Store store, KeyHasher hasher, TimeProvider time)
{
    private static readonly TimeSpan _longestGrace = TimeSpan.FromDays(365);

    public Task<Outcome<IssuedKey>> RunAsync(string id, TimeSpan grace, CancellationToken cancellationToken) =>
        RunAsync(id, grace, null, cancellationToken);

    /// <param name="id">The key.</param>
    /// <param name="grace">Time for which the old key stays valid.</param>
    /// <param name="check">Refuses in the transaction of the change, which excludes others of the same owner; null: nothing to
    /// check.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    public async Task<Outcome<IssuedKey>> RunAsync(
        string id,
        TimeSpan grace,
        Func<SidecarDbContext, Task<Refusal?>>? check,
        CancellationToken cancellationToken
    )
    {
        if (grace < TimeSpan.Zero || grace > _longestGrace)
        {
            return Refusal.Invalid("The grace period must be 0 to 365 days.");
        }

        await using var context = store.Open();
        await using var exclusive = await context.LockKeyAsync(id, cancellationToken);
        if (await context.ApiKeys.Include(key => key.User).SingleOrDefaultAsync(key => key.Id == id, cancellationToken) is not { } old)
        {
            return Refusal.UnknownKey(id);
        }

        var now = Instant.Now(time);
        if (RefusalOf(old, now) is { } unusable)
        {
            return unusable;
        }

        if (await ReplacedAsync(context, old, now, cancellationToken) is { } replaced)
        {
            return replaced;
        }

        if (check is not null && await check(context) is { } refusal)
        {
            return refusal;
        }

        var issued = Successor(old, now);
        var end = LastInstant(now, grace);
        old.ExpiresAt = old.ExpiresAt < end ? old.ExpiresAt : end;
        context.ApiKeys.Add(issued.Key);
        context.Invalidations.AddRange(CacheInvalidation.OfKey(id, now), CacheInvalidation.OfKey(issued.Key.Id, now));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
            await exclusive.CommitAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            return Revoked(id);
        }

        return issued;
    }

    private static Refusal? RefusalOf(ApiKey key, DateTimeOffset now) =>
        key.RevokedAt is not null ? Revoked(key.Id)
        : key.Format is KeyFormat.Aso or KeyFormat.Ase
            ? Refusal.Conflict("device_token", $"The token {key.Id} belongs to a device, which gets a new one by logging in again.")
        : key.ExpiredAt is not null || key.ExpiresAt < now
            ? Refusal.Conflict("expired_key", $"The key {key.Id} has expired; make a new one.")
        : null;

    private static async Task<Refusal?> ReplacedAsync(
        SidecarDbContext context,
        ApiKey key,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var newer = context.ApiKeys.Where(other =>
            other.UserId == key.UserId && other.LineId == key.Line && other.CreatedAt > key.CreatedAt
        );
        return await KeyStatuses.InForce(newer, now).Select(other => other.Id).FirstOrDefaultAsync(cancellationToken) is { } id
            ? Refusal.Conflict("key_replaced", $"The key {id} replaces {key.Id} already; rotate that one.")
            : null;
    }

    private static Refusal Revoked(string id) => Refusal.Conflict("revoked_key", $"The key {id} is revoked; make a new one.");

    // A key is still valid at the instant of its expiry, so "at once" is the instant before.
    private static DateTimeOffset LastInstant(DateTimeOffset now, TimeSpan grace) =>
        grace == TimeSpan.Zero ? now - TimeSpan.FromMicroseconds(1) : Instant.Truncate(now + grace);

    private IssuedKey Successor(ApiKey old, DateTimeOffset now)
    {
        var token = KeyToken.Generate(TokenFamily.Ask);
        var key = new ApiKey
        {
            Id = KeyToken.IdOf(token),
            Hash = hasher.Hash(token).ToArray(),
            Pepper = hasher.PepperId,
            UserId = old.UserId,
            User = old.User,
            LineId = old.Line,
            Name = old.Name,
            Scopes = old.Scopes,
            Models = old.Models,
            Tenant = old.Tenant,
            Subject = old.Subject,
            Permits = old.Permits,
            Window = old.Window,
            Tokens = old.Tokens,
            TokenWindow = old.TokenWindow,
            Parallel = old.Parallel,
            CreatedAt = now,
            ExpiresAt = old.ExpiresAt,
        };
        return new(key, token);
    }
}
