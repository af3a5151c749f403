using System.Data.Common;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Web;

/// <summary>A live session with its person, or the person of a session that has ended.</summary>
/// <param name="Caller">Null: the session has ended.</param>
/// <param name="UserId">Id of the person, also of an ended session.</param>
internal sealed record SessionState(Caller? Caller, string UserId);

/// <summary>Reads callers from the store at each request; not cached, so that an end or a removed role takes effect at once.</summary>
internal sealed partial class CallerReader(Store store, ConsoleOptions options, TimeProvider time, ILogger<CallerReader> logger)
    : IDisposable
{
    private static readonly TimeSpan _seenInterval = TimeSpan.FromMinutes(1);
    private readonly StoreReadLimiter _reads = new(store, time);

    /// <returns>Null: no such session.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer in time.</exception>
    public async Task<SessionState?> FindSessionAsync(byte[] hash, CancellationToken cancellationToken)
    {
        var row = await _reads.RunAsync(
            "a session",
            context =>
                context
                    .Sessions.AsNoTracking()
                    .Where(session => session.Hash == hash)
                    .Select(session => new Row(
                        session,
                        session.User!,
                        context.UserCredentials.Any(credential => credential.UserId == session.UserId && credential.MustChange),
                        session.Issuer == null
                            && context.UserCredentials.Any(credential =>
                                credential.UserId == session.UserId && credential.UpdatedAt > session.AuthenticatedAt
                            )
                    ))
                    .FirstOrDefaultAsync(CancellationToken.None),
            cancellationToken
        );
        if (row is null)
        {
            return null;
        }

        var now = Instant.Now(time);
        if (row.IsOfOldPassword || !IsLive(row.Session, now) || row.User is not { Status: UserStatus.Active, IsSystem: false })
        {
            return new(null, row.User.Id);
        }

        if (now - row.Session.LastSeenAt >= _seenInterval)
        {
            await SeenAsync(row.Session.Id, now, cancellationToken);
        }

        return new(CallerOf(row), row.User.Id);
    }

    /// <returns>The caller with the account's name and role; null: the account is unknown or not active.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer in time.</exception>
    public async Task<Caller?> WithAccountAsync(Caller caller, string userId, CancellationToken cancellationToken)
    {
        var user = await _reads.RunAsync(
            "a user",
            context => context.Users.AsNoTracking().FirstOrDefaultAsync(user => user.Id == userId, CancellationToken.None),
            cancellationToken
        );
        return user is { Status: UserStatus.Active, IsSystem: false } ? Named(caller, user) : null;
    }

    public void Dispose() => _reads.Dispose();

    private bool IsLive(Session session, DateTimeOffset now) =>
        session.EndedAt is null && now < session.LastSeenAt + options.SessionIdle && now < session.CreatedAt + options.SessionLifetime;

    private static Caller CallerOf(Row row) =>
        Named(new(CallerKind.Session, row.User.Name), row.User) with
        {
            SessionId = row.Session.Id,
            AuthenticatedAt = row.Session.AuthenticatedAt,

            // A login at an identity provider used no password.
            MustChangePassword = row.MustChangePassword && row.Session.Issuer is null,
        };

    private static Caller Named(Caller caller, User user) =>
        caller with
        {
            Name = user.Name,
            UserId = user.Id,
            DisplayName = user.DisplayName,
            Email = user.Email,
            Role = user.Role,
        };

    // A lost write ends the session early by at most the time since the last one.
    private async Task SeenAsync(string id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            await using var context = store.Open();
            await context
                .Sessions.Where(session => session.Id == id && session.EndedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(session => session.LastSeenAt, now), cancellationToken);
        }
        catch (Exception fault) when (fault is DbException or StoreUnavailableException)
        {
            LogNotSeen(fault, id);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Time of the last request of session {SessionId} not stored.")]
    private partial void LogNotSeen(Exception exception, string sessionId);

    /// <param name="IsOfOldPassword">The password was replaced while this session began, which therefore was not ended.</param>
    private sealed record Row(Session Session, User User, bool MustChangePassword, bool IsOfOldPassword);
}
