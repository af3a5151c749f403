using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Users;

/// <summary>Sets the display name of a user.</summary>
internal sealed class RenameUser(Store store, TimeProvider time)
{
    /// <param name="userId">The user.</param>
    /// <param name="displayName">Null: pages show the name.</param>
    /// <param name="isExpected">Accepts the user as stored; null: any.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    public async Task<Outcome<User>> RunAsync(
        string userId,
        string? displayName,
        Func<User, bool>? isExpected,
        CancellationToken cancellationToken
    )
    {
        if (displayName is not null && Rules.Name("A display name", displayName) is { } error)
        {
            return Refusal.Invalid(error, "displayName");
        }

        await using var context = store.Open();
        await using var transaction = await context.BeginExclusiveAsync(StoreLocks.People, cancellationToken);
        if (await context.Users.FindByNameOrIdAsync(userId, cancellationToken) is not { } user)
        {
            return Refusal.UnknownUser(userId);
        }

        if (isExpected?.Invoke(user) == false)
        {
            return Refusal.Stale("user");
        }

        var now = Instant.Now(time);
        (user.DisplayName, user.UpdatedAt) = (displayName, now);
        context.Invalidations.Add(CacheInvalidation.OfUser(user.Id, now));
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return user;
    }
}
