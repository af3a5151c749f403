using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Accounts;

/// <summary>Ends sessions, effective at their next request on every replica.</summary>
internal sealed class EndSessions(Store store, TimeProvider time)
{
    /// <summary>Ends one session. A second end changes nothing.</summary>
    /// <param name="id">Id of the session, for lists.</param>
    /// <param name="userId">Its owner, for a caller who may end only own ones; null: any.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    public async Task<Outcome<Session>> RunAsync(string id, string? userId, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        var found = await context
            .Sessions.Include(session => session.User)
            .SingleOrDefaultAsync(session => session.Id == id && (userId == null || session.UserId == userId), cancellationToken);
        if (found is null)
        {
            return Refusal.Unknown("session", id);
        }

        if (found.EndedAt is null)
        {
            found.EndedAt = Instant.Now(time);
            await context.SaveChangesAsync(cancellationToken);
        }

        return found;
    }

    /// <summary>Ends the sessions of a user.</summary>
    /// <param name="nameOrId">The user.</param>
    /// <param name="except">Id of a session that stays; null: none.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    public async Task<Outcome<EndedSessions>> OfUserAsync(string nameOrId, string? except, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        if (await context.Users.FindByNameOrIdAsync(nameOrId, cancellationToken) is not { } user)
        {
            return Refusal.UnknownUser(nameOrId);
        }

        var count = await context.EndSessionsAsync(user.Id, except, Instant.Now(time), cancellationToken);
        await context.SaveChangesAsync(cancellationToken);
        return new EndedSessions(user, count);
    }
}

internal sealed record EndedSessions(User User, int Count);
