using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Users;

internal sealed class SetUserStatus(Store store, TimeProvider time)
{
    public async Task<Outcome<User>> RunAsync(string nameOrId, UserStatus status, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        if (await context.Users.FindByNameOrIdAsync(nameOrId, cancellationToken) is not { } user)
        {
            return Refusal.UnknownUser(nameOrId);
        }

        var now = Instant.Now(time);
        user.Status = status;
        user.UpdatedAt = now;
        context.Invalidations.Add(CacheInvalidation.OfUser(user.Id, now));
        await context.SaveChangesAsync(cancellationToken);
        return user;
    }
}
