using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Accounts;

/// <summary>Passwords in the store, for the use cases.</summary>
internal static class Passwords
{
    public static Task<UserCredential?> FindAsync(SidecarDbContext context, string userId, CancellationToken cancellationToken) =>
        context
            .UserCredentials.Include(credential => credential.User)
            .SingleOrDefaultAsync(
                credential => credential.UserId == userId && credential.Kind == CredentialKind.Password,
                cancellationToken
            );

    public static void Replace(UserCredential credential, string hash, DateTimeOffset now, DateTimeOffset? expiresAt = null) =>
        (credential.Hash, credential.MustChange, credential.ExpiresAt, credential.UpdatedAt) = (
            hash,
            expiresAt is not null,
            expiresAt,
            now
        );

    public static UserCredential Make(User user, string hash, DateTimeOffset now, DateTimeOffset? expiresAt)
    {
        var credential = new UserCredential
        {
            UserId = user.Id,
            User = user,
            Hash = hash,
        };
        Replace(credential, hash, now, expiresAt);
        return credential;
    }

    /// <summary>Saves a user's password and ends all sessions.</summary>
    /// <param name="context">Tracks the user.</param>
    /// <param name="user">The person.</param>
    /// <param name="password">The password.</param>
    /// <param name="lifetime">Lifetime of a one-time password; null: a lasting one.</param>
    /// <param name="hashing">Makes the hash.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    /// <returns>The refusal, or null.</returns>
    public static async Task<Refusal?> StoreAsync(
        SidecarDbContext context,
        User user,
        string password,
        TimeSpan? lifetime,
        PasswordHashing hashing,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        if (await hashing.HashAsync(password, cancellationToken) is not { } hash)
        {
            return Refusal.Busy();
        }

        var now = Instant.Now(time);
        if (await FindAsync(context, user.Id, cancellationToken) is { } credential)
        {
            Replace(credential, hash, now, now + lifetime);
        }
        else
        {
            context.UserCredentials.Add(Make(user, hash, now, now + lifetime));
        }

        await context.EndSessionsAsync(user.Id, null, now, cancellationToken);
        return await TrySaveAsync(context, cancellationToken) ? null : ChangedMeanwhile();
    }

    public static async Task<bool> TrySaveAsync(SidecarDbContext context, CancellationToken cancellationToken)
    {
        try
        {
            await context.SaveChangesAsync(cancellationToken);
            return true;
        }
        catch (DbUpdateConcurrencyException)
        {
            return false;
        }
    }

    public static Refusal Wrong() => new(RefusalKind.Invalid, "wrong_password", "The current password is wrong.");

    public static Refusal Same() => new(RefusalKind.Invalid, "same_password", "The new password is the current one; choose another.");

    public static Refusal ChangedMeanwhile() => Refusal.Conflict("conflict", "The password was changed meanwhile; try again.");

    public static Refusal OfSystemUser(User user) =>
        Refusal.Conflict("system_user", $"{user.Name} is for internal work and does not log in.");
}
