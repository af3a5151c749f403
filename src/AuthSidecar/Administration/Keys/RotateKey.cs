using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Keys;

/// <summary>
/// Issues a key with a new id and secret in the same key line, with the same owner, rights, expiry, budget and limit; the old key expires
/// after a grace period.
/// </summary>
internal sealed class RotateKey(Store store, KeyHasher hasher, TimeProvider time)
{
    private static readonly TimeSpan _longestGrace = TimeSpan.FromDays(365);

    public async Task<Outcome<IssuedKey>> RunAsync(string id, TimeSpan grace, CancellationToken cancellationToken)
    {
        if (grace < TimeSpan.Zero || grace > _longestGrace)
        {
            return Refusal.Invalid("The grace period must be 0 to 365 days.");
        }

        await using var context = store.Open();
        await using var exclusive = await context.BeginExclusiveAsync(StoreLocks.ChangesOfKey(id), cancellationToken);
        if (await context.ApiKeys.Include(key => key.User).SingleOrDefaultAsync(key => key.Id == id, cancellationToken) is not { } old)
        {
            return Refusal.UnknownKey(id);
        }

        var now = Instant.Now(time);
        if (old.RevokedAt is not null)
        {
            return Revoked(id);
        }

        if (old.Format is KeyFormat.Aso or KeyFormat.Ase)
        {
            return Refusal.Conflict("device_token", $"The token {id} belongs to a device, which gets a new one by logging in again.");
        }

        if (old.ExpiredAt is not null || old.ExpiresAt < now)
        {
            return Refusal.Conflict("expired_key", $"The key {id} has expired; make a new one.");
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
            CreatedAt = now,
            ExpiresAt = old.ExpiresAt,
        };
        return new(key, token);
    }
}
