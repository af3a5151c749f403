using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Users;

internal static class UserSessions
{
    /// <summary>Marks a user's sessions as ended, within the context's next save.</summary>
    /// <param name="context">Saved by the caller.</param>
    /// <param name="userId">Id of the user.</param>
    /// <param name="except">Id of a session that stays; null: none.</param>
    /// <param name="now">Time of the end.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>Number of sessions.</returns>
    public static async Task<int> EndSessionsAsync(
        this SidecarDbContext context,
        string userId,
        string? except,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var sessions = await context
            .Sessions.Include(session => session.User)
            .Where(session => session.UserId == userId && session.EndedAt == null && session.Id != except)
            .ToListAsync(cancellationToken);
        sessions.ForEach(session => session.EndedAt = now);
        return sessions.Count;
    }
}
