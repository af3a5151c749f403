using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Accounts;

/// <summary>Proves the password again within a session, before a dangerous change.</summary>
internal sealed class Reauthenticate(
    Store store,
    PasswordHashing hashing,
    LoginThrottle throttle,
    LoginFailures failures,
    TimeProvider time
)
{
    /// <param name="sessionId">Id of the session, for lists.</param>
    /// <param name="password">The password, as typed.</param>
    /// <param name="address">Client address; null: unknown.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    public async Task<LoginResult> RunAsync(string sessionId, string password, string? address, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        var session = await context.Sessions.SingleOrDefaultAsync(
            session => session.Id == sessionId && session.EndedAt == null,
            cancellationToken
        );
        if (
            session is null
            || await Passwords.FindAsync(context, session.UserId, cancellationToken)
                is not { User: { Status: UserStatus.Active } user } credential
        )
        {
            return LoginResult.Invalid;
        }

        if (await throttle.CountAsync(user.Name, address, knownBrowser: true) is { } wait)
        {
            failures.Count(LoginFailure.Throttled, user);
            return LoginResult.Throttled(wait);
        }

        // Another replica, which replaced the password, may have a clock that is ahead.
        var now = Instant.Now(time);
        var proved = credential.UpdatedAt > now ? credential.UpdatedAt : now;
        var verdict = await hashing.VerifyAsync(credential.ExpiresAt <= now ? null : credential.Hash, password, cancellationToken);
        if (verdict is PasswordVerdict.Busy)
        {
            await throttle.UndoAsync(user.Name, address, knownBrowser: true);
            return LoginResult.Busy;
        }

        if (verdict is PasswordVerdict.Wrong)
        {
            failures.Count(LoginFailure.Invalid, user);
            return LoginResult.Invalid;
        }

        await throttle.SucceededAsync(user.Name, address, knownBrowser: true);
        failures.Count(LoginFailure.None, null);
        session.AuthenticatedAt = proved;
        await context.SaveChangesAsync(cancellationToken);
        return LoginResult.Of(user, credential, user.LastLoginAt, proved);
    }
}
