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
internal sealed class SetPassword(Store store, PasswordHashing hashing, LoginThrottle throttle, LoginFailures failures, TimeProvider time)
{
    /// <returns>
    /// Refusals: <c>wrong_password</c>, <c>weak_password</c>, <c>same_password</c>, <c>busy</c>, <c>login_throttled</c>.
    /// </returns>
    public async Task<Outcome<User>> RunAsync(PasswordChange change, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        if (await Passwords.FindAsync(context, change.UserId, cancellationToken) is not { User: { IsSystem: false } user } credential)
        {
            return Refusal.UnknownUser(change.UserId);
        }

        if (PasswordRules.LengthErrorOf(change.Wanted) is { } length)
        {
            return PasswordRules.Weak(length);
        }

        // The estimate takes time, so only the person gets that far.
        if (await RefuseAsync(credential, change, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        if (await hashing.RefuseWeakAsync(change.Wanted, PasswordRules.WordsOf(user), cancellationToken) is { } weak)
        {
            return weak;
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
            failures.Count(LoginFailure.Throttled, user);
            return Refusal.Throttled(wait);
        }

        switch (await hashing.VerifyAsync(credential.Hash, change.Current ?? "", cancellationToken))
        {
            case PasswordVerdict.Busy:
                await throttle.UndoAsync(user.Name, change.Address, knownBrowser: true);
                failures.Count(LoginFailure.Busy, user);
                return Refusal.Busy();
            case PasswordVerdict.Wrong:
                failures.Count(LoginFailure.Invalid, user);
                return Passwords.Wrong();
            default:
                await throttle.SucceededAsync(user.Name, change.Address, knownBrowser: true);
                failures.Count(LoginFailure.None, user);
                return change.Current == change.Wanted ? Passwords.Same() : null;
        }
    }
}
