using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Accounts;

/// <summary>After which a session is over without being ended.</summary>
/// <param name="Idle">Time since the last request.</param>
/// <param name="Lifetime">Time since the login.</param>
internal readonly record struct SessionLimits(TimeSpan Idle, TimeSpan Lifetime);

/// <summary>Live sessions, the last used first.</summary>
internal sealed class ListSessions(Store store, TimeProvider time)
{
    /// <param name="user">Name or id; null: of all users.</param>
    /// <param name="limits">When a session is over.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public async Task<Outcome<IReadOnlyList<Session>>> RunAsync(string? user, SessionLimits limits, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        var now = Instant.Now(time);
        var (seen, created) = (now - limits.Idle, now - limits.Lifetime);
        var sessions = context
            .Sessions.AsNoTracking()
            .Include(session => session.User)
            .Where(session => session.EndedAt == null && session.LastSeenAt > seen && session.CreatedAt > created);
        if (user is not null)
        {
            if (await context.Users.FindByNameOrIdAsync(user, cancellationToken) is not { Id: var id })
            {
                return Refusal.UnknownUser(user);
            }

            sessions = sessions.Where(session => session.UserId == id);
        }

        return Outcome.Of<IReadOnlyList<Session>>(
            await sessions.OrderByDescending(session => session.LastSeenAt).ThenBy(session => session.Id).ToListAsync(cancellationToken)
        );
    }
}
