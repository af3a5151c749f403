using System.Text;
using AuthSidecar.Access.Identities;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Devices;

/// <summary>Rows of devices' tokens in the transaction of an approval.</summary>
internal static class DeviceKeys
{
    /// <summary>Name of the owner for the lock of changes.</summary>
    public static string OwnerOf(Approver by) =>
        by.UserId ?? (by.External is { } external ? ExternalPerson.Of(external.Issuer, external.Subject) : "");

    /// <summary>Refuses an approver who may have no token.</summary>
    public static async Task<Refusal?> RefuseAsync(SidecarDbContext context, Approver by, CancellationToken cancellationToken)
    {
        if (by is { UserId: { } userId, External: null })
        {
            return await context.Users.AnyAsync(
                user => user.Id == userId && user.Status == UserStatus.Active && !user.IsSystem,
                cancellationToken
            )
                ? null
                : Refusal.Forbidden("user_not_active", "This account may not have tokens.");
        }

        if (by is not { UserId: null, External.IsValid: true })
        {
            return Refusal.Forbidden("user_not_active", "No person is known for this approval.");
        }

        // Identities and addresses of accounts are their own: a suspended person could pass for one without an account.
        return
            await IsLinkedAsync(context, by.External, cancellationToken)
            || (by.Email is { Length: > 0 } email && await IsOfAccountAsync(context, email.Trim(), cancellationToken))
            ? Refusal.Forbidden(
                "email_belongs_to_account",
                "This identity or its e-mail address belongs to an account; log in with it instead."
            )
            : null;
    }

    private static Task<bool> IsLinkedAsync(SidecarDbContext context, ExternalIdentity person, CancellationToken cancellationToken) =>
        context.UserIdentities.AnyAsync(
            identity => identity.Issuer == person.Issuer && identity.Subject == person.Subject,
            cancellationToken
        );

    private static async Task<bool> IsOfAccountAsync(SidecarDbContext context, string email, CancellationToken cancellationToken)
    {
        var addresses = context.Users.Where(user => user.Status != UserStatus.Deleted && user.Email != null).Select(user => user.Email!);
        if (!Ascii.IsValid(email))
        {
            // SQLite lowers ASCII letters only.
            return await addresses
                .AsAsyncEnumerable()
                .AnyAsync(address => address.Equals(email, StringComparison.OrdinalIgnoreCase), cancellationToken);
        }

        var lower = email.ToLowerInvariant();
#pragma warning disable CA1862 // A database has no StringComparison.
        return await addresses.AnyAsync(address => address.ToLower() == lower, cancellationToken);
#pragma warning restore CA1862
    }

    /// <summary>A row without a token, which authenticates nothing.</summary>
    public static ApiKey Make(DeviceGrant grant, DeviceClientOptions client, Approver by, DateTimeOffset now, DateTimeOffset expiresAt) =>
        new()
        {
            Id = KeyToken.NewId(),
            Format = by.UserId is null ? KeyFormat.Ase : KeyFormat.Aso,
            Subject = by.UserId is null ? SubjectType.EndUser : SubjectType.Account,
            UserId = by.UserId,
            ExternalIssuer = by.UserId is null ? by.External!.Issuer : null,
            ExternalSubject = by.UserId is null ? by.External!.Subject : null,
            Name = grant.DeviceLabel,
            Scopes = by.UserId is null ? IdentityFactory.ExternalScopes : SpaceSeparated.Join(DeviceScopes.Of(client, grant.Scopes)),
            CreatedAt = now,
            ExpiresAt = expiresAt,
            ClientId = grant.ClientId,
            DeviceLabel = grant.DeviceLabel,
        };

    /// <summary>Revokes the device's former tokens, and erases their hashes.</summary>
    public static async Task RevokePreviousAsync(
        SidecarDbContext context,
        ApiKey key,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var (format, userId, issuer, subject) = (key.Format, key.UserId, key.ExternalIssuer, key.ExternalSubject);
        var (clientId, label) = (key.ClientId, key.DeviceLabel);
        var former = await KeyStatuses
            .InForce(context.ApiKeys, now)
            .Where(other =>
                other.Format == format
                && other.UserId == userId
                && other.ExternalIssuer == issuer
                && other.ExternalSubject == subject
                && other.ClientId == clientId
                && other.DeviceLabel == label
            )
            .ToListAsync(cancellationToken);
        former.ForEach(other => Revoke(context, other, now));
    }

    public static void Revoke(SidecarDbContext context, ApiKey key, DateTimeOffset now)
    {
        key.RevokedAt = now;
        key.Hash = null;
        context.Invalidations.Add(CacheInvalidation.OfKey(key.Id, now));
    }
}
