using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Users;

/// <param name="User">The user.</param>
/// <param name="Identities">At identity providers, the first linked first.</param>
internal sealed record ShownUser(User User, IReadOnlyList<UserIdentity> Identities);

internal sealed class ShowUser(Store store)
{
    public async Task<Outcome<ShownUser>> RunAsync(string nameOrId, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        if (await context.Users.FindByNameOrIdAsync(nameOrId, cancellationToken) is not { } user)
        {
            return Refusal.UnknownUser(nameOrId);
        }

        var identities = await context
            .UserIdentities.AsNoTracking()
            .Where(identity => identity.UserId == user.Id)
            .OrderBy(identity => identity.CreatedAt)
            .ThenBy(identity => identity.Issuer)
            .ToListAsync(cancellationToken);
        return new ShownUser(user, identities);
    }
}
