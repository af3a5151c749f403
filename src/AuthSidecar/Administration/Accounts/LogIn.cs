using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Accounts;

/// <param name="Name">Name of the user, as typed.</param>
/// <param name="Password">The password, as typed.</param>
/// <param name="Address">Client address; null: unknown.</param>
/// <param name="KnownBrowser">True for a browser in which this name logged in before.</param>
internal sealed record LoginAttempt(string Name, string Password, string? Address, bool KnownBrowser)
{
    public override string ToString() => nameof(LoginAttempt);
}

internal enum LoginFailure
{
    None,

    /// <summary>One answer for an unknown name, a wrong or expired password, and a user who may not log in.</summary>
    Invalid,

    /// <summary>Too many failures; possible again after <see cref="LoginResult.RetryAfter"/>.</summary>
    Throttled,

    /// <summary>Too many logins at once.</summary>
    Busy,
}

/// <summary>Only a result without a failure has a user.</summary>
internal sealed record LoginResult
{
    public User? User { get; private init; }

    /// <summary>True after a one-time password: only a new password may be set.</summary>
    public bool MustChangePassword { get; private init; }

    public LoginFailure Failure { get; private init; }
    public TimeSpan RetryAfter { get; private init; }

    /// <summary>The login before this one.</summary>
    public DateTimeOffset? PreviousLoginAt { get; private init; }

    /// <summary>Time at which the password was the person's: before its check, and not before it was set.</summary>
    public DateTimeOffset ProvedAt { get; private init; }

    public static LoginResult Invalid { get; } = new() { Failure = LoginFailure.Invalid };

    public static LoginResult Busy { get; } = new() { Failure = LoginFailure.Busy, RetryAfter = TimeSpan.FromSeconds(2) };

    public static LoginResult Throttled(TimeSpan retryAfter) => new() { Failure = LoginFailure.Throttled, RetryAfter = retryAfter };

    public static LoginResult Of(User user, UserCredential credential, DateTimeOffset? previous, DateTimeOffset proved) =>
        new()
        {
            User = user,
            MustChangePassword = credential.MustChange,
            ProvedAt = proved,
            PreviousLoginAt = previous,
        };
}

/// <summary>Proves a person's password: throttle, lookup, hash, and one answer for every failure.</summary>
internal sealed class LogIn(Store store, PasswordHashing hashing, LoginThrottle throttle, LoginFailures failures, TimeProvider time)
{
    public async Task<LoginResult> RunAsync(LoginAttempt attempt, CancellationToken cancellationToken)
    {
        var (name, address, known) = (attempt.Name, attempt.Address, attempt.KnownBrowser);
        if (await throttle.CountAsync(name, address, known) is { } wait)
        {
            failures.Count(LoginFailure.Throttled, null);
            return LoginResult.Throttled(wait);
        }

        await using var context = store.Open();
        var credential = await FindAsync(context, name, cancellationToken);
        var usable = credential is not null && IsUsable(credential);
        var now = Instant.Now(time);
        var proved = credential?.UpdatedAt > now ? credential.UpdatedAt : now;
        var verdict = await hashing.VerifyAsync(usable ? credential!.Hash : null, attempt.Password, cancellationToken);
        if (verdict == PasswordVerdict.Busy)
        {
            await throttle.UndoAsync(name, address, known);
            failures.Count(LoginFailure.Busy, null);
            return LoginResult.Busy;
        }

        if (verdict == PasswordVerdict.Wrong || !await IsStillAsync(context, credential!, cancellationToken))
        {
            failures.Count(LoginFailure.Invalid, credential?.User);
            return LoginResult.Invalid;
        }

        await throttle.SucceededAsync(name, address, known);
        failures.Count(LoginFailure.None, null);
        return await FinishAsync(context, credential!, attempt.Password, verdict, proved, cancellationToken);
    }

    private static async Task<UserCredential?> FindAsync(SidecarDbContext context, string name, CancellationToken cancellationToken) =>
        await context.Users.FindByNameAsync(name, cancellationToken) is { } user
            ? await context
                .UserCredentials.Include(credential => credential.User)
                .SingleOrDefaultAsync(
                    credential => credential.UserId == user.Id && credential.Kind == CredentialKind.Password,
                    cancellationToken
                )
            : null;

    private bool IsUsable(UserCredential credential) =>
        credential.User is { Status: UserStatus.Active, IsSystem: false } && !(credential.ExpiresAt <= Instant.Now(time));

    // The hash takes long enough for an admin to reset the password or to disable the user.
    private async Task<bool> IsStillAsync(SidecarDbContext context, UserCredential credential, CancellationToken cancellationToken)
    {
        var hash = credential.Hash;
        await context.Entry(credential).ReloadAsync(cancellationToken);
        await context.Entry(credential.User!).ReloadAsync(cancellationToken);
        return context.Entry(credential).State != EntityState.Detached && credential.Hash == hash && IsUsable(credential);
    }

    private async Task<LoginResult> FinishAsync(
        SidecarDbContext context,
        UserCredential credential,
        string password,
        PasswordVerdict verdict,
        DateTimeOffset proved,
        CancellationToken cancellationToken
    )
    {
        var user = credential.User!;
        var previous = user.LastLoginAt;
        user.LastLoginAt = Instant.Now(time);
        if (verdict == PasswordVerdict.RightButOld && await hashing.HashAsync(password, cancellationToken) is { } hash)
        {
            credential.Hash = hash;
        }

        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            // The password was changed meanwhile.
            return LoginResult.Invalid;
        }

        return LoginResult.Of(user, credential, previous, proved);
    }
}
