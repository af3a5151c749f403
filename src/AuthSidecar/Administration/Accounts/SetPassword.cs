using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Accounts;

/// <summary>A person's change of the own password.</summary>
/// <param name="UserId">Id of the person.</param>
/// <param name="Current">The password until now; null only while a one-time password must be replaced.</param>
/// <param name="Wanted">The new password, as typed.</param>
internal sealed record PasswordChange(string UserId, string? Current, string Wanted)
{
    /// <summary>The session of the change, which stays; null: all sessions end.</summary>
    public string? SessionId { get; init; }

    public string? Address { get; init; }

    public override string ToString() => nameof(PasswordChange);
}

/// <summary>Replaces a person's password and ends the other sessions.</summary>
internal sealed class SetPassword(Store store, PasswordHashing hashing, LoginThrottle throttle, TimeProvider time)
{
    /// <returns>
    /// Refusals: <c>wrong_password</c>, <c>weak_password</c>, <c>same_password</c>, <c>busy</c>, <c>too_many_attempts</c>.
    /// </returns>
    public async Task<Outcome<User>> RunAsync(PasswordChange change, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        if (await Passwords.FindAsync(context, change.UserId, cancellationToken) is not { User: { IsSystem: false } user } credential)
        {
            return Refusal.UnknownUser(change.UserId);
        }

        if (PasswordRules.ErrorOf(change.Wanted, user) is { } error)
        {
            return new Refusal(RefusalKind.Invalid, "weak_password", error);
        }

        if (await RefuseAsync(credential, change, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        if (await hashing.HashAsync(change.Wanted, cancellationToken) is not { } hash)
        {
            return Refusal.Busy();
        }

        var now = Instant.Now(time);
        Passwords.Replace(credential, hash, now);
        await context.EndSessionsAsync(user.Id, change.SessionId, now, cancellationToken);
        var own = context.Sessions.Where(session => session.Id == change.SessionId && session.UserId == user.Id);
        if (await own.SingleOrDefaultAsync(cancellationToken) is { } session)
        {
            session.AuthenticatedAt = now;
        }

        return await Passwords.TrySaveAsync(context, cancellationToken) ? user : Passwords.ChangedMeanwhile();
    }

    /// <summary>Sets a lasting password without the current one, for an operator with access to the store; ends all sessions.</summary>
    public async Task<Outcome<User>> OverwriteAsync(string nameOrId, string wanted, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        if (await context.Users.FindByNameOrIdAsync(nameOrId, cancellationToken) is not { } user)
        {
            return Refusal.UnknownUser(nameOrId);
        }

        return user.IsSystem ? Passwords.OfSystemUser(user)
            : PasswordRules.ErrorOf(wanted, user) is { } error ? new Refusal(RefusalKind.Invalid, "weak_password", error)
            : await Passwords.StoreAsync(context, user, wanted, null, hashing, time, cancellationToken) is { } refusal ? refusal
            : user;
    }

    private async Task<Refusal?> RefuseAsync(UserCredential credential, PasswordChange change, CancellationToken cancellationToken)
    {
        if (credential.MustChange && change.Current is null)
        {
            return await hashing.VerifyAsync(credential.Hash, change.Wanted, cancellationToken) switch
            {
                PasswordVerdict.Busy => Refusal.Busy(),
                PasswordVerdict.Wrong => null,
                _ => Passwords.Same(),
            };
        }

        var user = credential.User!;
        if (await throttle.CountAsync(user.Name, change.Address, knownBrowser: true) is { } wait)
        {
            return Refusal.Throttled(wait);
        }

        switch (await hashing.VerifyAsync(credential.Hash, change.Current ?? "", cancellationToken))
        {
            case PasswordVerdict.Busy:
                await throttle.UndoAsync(user.Name, change.Address, knownBrowser: true);
                return Refusal.Busy();
            case PasswordVerdict.Wrong:
                return Passwords.Wrong();
            default:
                await throttle.SucceededAsync(user.Name, change.Address, knownBrowser: true);
                return change.Current == change.Wanted ? Passwords.Same() : null;
        }
    }
}
