using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Accounts;

/// <summary>
/// Creates a user with a password that must be replaced at the first login: the given one, or a random one, because an admin must not know
/// a lasting password.
/// </summary>
internal sealed class CreateAccount(Store store, CreateUser users, PasswordHashing hashing, TimeProvider time)
{
    /// <param name="wanted">The user.</param>
    /// <param name="password">The first password; null: a random one.</param>
    /// <param name="cancellationToken">Cancels the creation.</param>
    /// <returns>The user and the password. Refusals: <c>user_exists</c>, <c>weak_password</c>, <c>busy</c>.</returns>
    public async Task<Outcome<OneTimePassword>> RunAsync(NewUser wanted, string? password, CancellationToken cancellationToken)
    {
        string?[] words = [wanted.Name, wanted.Email, wanted.DisplayName];
        if (password is not null && await hashing.RefuseWeakAsync(password, words, cancellationToken) is { } weak)
        {
            return weak;
        }

        var text = password ?? OneTimePassword.NewText();
        if (await hashing.HashAsync(text, cancellationToken) is not { } hash)
        {
            return Refusal.Busy();
        }

        var now = Instant.Now(time);
        var expiresAt = now + OneTimePassword.Lifetime;
        await using var context = store.Open();
        var created = await users.RunAsync(
            context,
            wanted with
            {
                IsSystem = false,
            },
            user => context.UserCredentials.Add(Passwords.Make(user, hash, now, expiresAt)),
            cancellationToken
        );
        return created.Refusal is { } refusal ? refusal : new OneTimePassword(created.Value, text, expiresAt);
    }
}
