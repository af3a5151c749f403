using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Accounts;

/// <summary>Links an identity at a provider to an account: one identity for each issuer.</summary>
internal sealed class LinkIdentity(Store store, TimeProvider time)
{
    private const int LongestIssuer = 1024;
    private const int LongestSubject = 255;
    private const int LongestEmail = 254;

    /// <summary>False for an issuer or subject that the store does not take.</summary>
    public static bool IsValid(string issuer, string subject) =>
        issuer.Length is > 0 and <= LongestIssuer && subject.Length is > 0 and <= LongestSubject && Rules.IsPrintable(issuer + subject);

    /// <param name="nameOrId">The user.</param>
    /// <param name="issuer">Issuer, exactly as in its tokens.</param>
    /// <param name="subject">Subject at the issuer.</param>
    /// <param name="email">For display; null: unknown.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    /// <returns>The link. Refusals: <c>identity_taken</c>, <c>identity_exists</c>, <c>system_user</c>.</returns>
    public async Task<Outcome<UserIdentity>> RunAsync(
        string nameOrId,
        string issuer,
        string subject,
        string? email,
        CancellationToken cancellationToken
    )
    {
        if (!IsValid(issuer, subject))
        {
            return Refusal.Invalid($"An identity has an issuer, and a subject of 1 to {LongestSubject} printable characters.");
        }

        await using var context = store.Open();
        await using var transaction = await context.BeginExclusiveAsync(StoreLocks.People, cancellationToken);
        if (await context.Users.FindByNameOrIdAsync(nameOrId, cancellationToken) is not { } user)
        {
            return Refusal.UnknownUser(nameOrId);
        }

        if (user.IsSystem)
        {
            return Passwords.OfSystemUser(user);
        }

        var known = await context
            .UserIdentities.Where(identity => identity.Issuer == issuer && (identity.Subject == subject || identity.UserId == user.Id))
            .ToListAsync(cancellationToken);
        if (known.Find(identity => identity.Subject == subject) is { } linked)
        {
            return linked.UserId == user.Id
                ? linked
                : Refusal.Conflict("identity_taken", "The identity is linked to another account; unlink it there first.");
        }

        if (known.Count > 0)
        {
            return Refusal.Conflict("identity_exists", "The account has an identity of this provider already; unlink it first.");
        }

        var added = new UserIdentity
        {
            Issuer = issuer,
            Subject = subject,
            UserId = user.Id,
            User = user,
            Email = email?.Length <= LongestEmail ? email : null,
            CreatedAt = Instant.Now(time),
        };
        context.UserIdentities.Add(added);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return added;
    }
}
