using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Accounts;

/// <param name="UserId">Id of the account.</param>
/// <param name="Issuer">Issuer of the identity.</param>
/// <param name="Subject">Its subject.</param>
internal sealed record UnlinkedIdentity(string UserId, string Issuer, string Subject)
{
    /// <summary>Issuers with which people can sign in: one of them, or a password, must remain. Null: nothing has to remain.</summary>
    public IReadOnlyCollection<string>? Usable { get; init; }

    /// <summary>Id of a session that stays; null: none.</summary>
    public string? SessionId { get; init; }
}

/// <summary>Removes an identity from an account, and ends the account's sessions that began with its issuer.</summary>
internal sealed class UnlinkIdentity(Store store, TimeProvider time)
{
    /// <returns>The removed link. Refusals: <c>unknown_identity</c>, <c>only_login</c>.</returns>
    public async Task<Outcome<UserIdentity>> RunAsync(UnlinkedIdentity unlinked, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        await using var transaction = await context.BeginExclusiveAsync(StoreLocks.People, cancellationToken);
        var identities = await context
            .UserIdentities.Include(identity => identity.User)
            .Where(identity => identity.UserId == unlinked.UserId)
            .ToListAsync(cancellationToken);
        var found = identities.Find(identity => identity.Issuer == unlinked.Issuer && identity.Subject == unlinked.Subject);
        if (found is null)
        {
            return Refusal.Unknown("identity", unlinked.Subject);
        }

        if (
            unlinked.Usable is { } usable
            && !identities.Exists(identity => identity != found && usable.Contains(identity.Issuer))
            && await Passwords.FindAsync(context, unlinked.UserId, cancellationToken) is null
        )
        {
            return Refusal.Conflict(
                "only_login",
                "It is the only way to sign in to this account; ask an administrator for a password first."
            );
        }

        context.UserIdentities.Remove(found);
        var now = Instant.Now(time);
        var sessions = context
            .Sessions.Include(session => session.User)
            .Where(session =>
                session.UserId == unlinked.UserId
                && session.Issuer == unlinked.Issuer
                && session.EndedAt == null
                && session.Id != unlinked.SessionId
            );
        (await sessions.ToListAsync(cancellationToken)).ForEach(session => session.EndedAt = now);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return found;
    }
}
