using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Accounts;

/// <summary>Replaces a user's password by a one-time password and ends all sessions, for an admin.</summary>
internal sealed class ResetPassword(Store store, PasswordHashing hashing, TimeProvider time)
{
    public async Task<Outcome<OneTimePassword>> RunAsync(string nameOrId, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        if (await context.Users.FindByNameOrIdAsync(nameOrId, cancellationToken) is not { } user)
        {
            return Refusal.UnknownUser(nameOrId);
        }

        if (user.IsSystem)
        {
            return Passwords.OfSystemUser(user);
        }

        var password = OneTimePassword.NewText();
        var expiresAt = Instant.Now(time) + OneTimePassword.Lifetime;
        return
            await Passwords.StoreAsync(context, user, password, OneTimePassword.Lifetime, hashing, time, cancellationToken) is { } refusal
            ? refusal
            : new OneTimePassword(user, password, expiresAt);
    }
}
