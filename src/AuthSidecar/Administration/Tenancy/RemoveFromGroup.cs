using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

internal sealed class RemoveFromGroup(Store store, TimeProvider time)
{
    /// <returns>The membership that was removed.</returns>
    public async Task<Outcome<GroupMember>> RunAsync(string groupId, string nameOrId, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        if (await context.Users.FindByNameOrIdAsync(nameOrId, cancellationToken) is not { } user)
        {
            return Refusal.UnknownUser(nameOrId);
        }

        var unknown = new Refusal(RefusalKind.NotFound, "unknown_group_member", $"{user.Name} is not in a group {groupId}.");
        if (
            Rules.Id("group", groupId) is not null
            || await context
                .GroupMembers.Include(member => member.User)
                .SingleOrDefaultAsync(member => member.GroupId == groupId && member.UserId == user.Id, cancellationToken)
                is not { } member
        )
        {
            return unknown;
        }

        context.GroupMembers.Remove(member);
        context.Invalidations.Add(CacheInvalidation.OfUser(user.Id, Instant.Now(time)));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            // Removed concurrently.
            return unknown;
        }

        return member;
    }
}
