using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Accounts;

/// <summary>
/// Sets a lasting password without the current one, for an operator with access to the store; ends all sessions.
/// </summary>
internal sealed class OverwritePassword(Store store, PasswordHashing hashing, TimeProvider time)
{
    /// <returns>Refusals: <c>unknown_user</c>, <c>system_user</c>, <c>weak_password</c>, <c>busy</c>.</returns>
    public async Task<Outcome<User>> RunAsync(string nameOrId, string wanted, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        if (await context.Users.FindByNameOrIdAsync(nameOrId, cancellationToken) is not { } user)
        {
            return Refusal.UnknownUser(nameOrId);
        }

        return user.IsSystem ? Passwords.OfSystemUser(user)
            : await hashing.RefuseWeakAsync(wanted, PasswordRules.WordsOf(user), cancellationToken) is { } weak ? weak
            : await Passwords.StoreAsync(context, user, wanted, null, hashing, time, cancellationToken) is { } refusal ? refusal
            : user;
    }
}
