using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

internal sealed class AddToGroup(Store store, TimeProvider time)
{
    public async Task<Outcome<GroupMember>> RunAsync(string groupId, string nameOrId, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        if (!await context.Groups.AnyAsync(group => group.Id == groupId, cancellationToken))
        {
            return Refusal.Unknown("group", groupId);
        }

        if (await context.Users.FindByNameOrIdAsync(nameOrId, cancellationToken) is not { } user)
        {
            return Refusal.UnknownUser(nameOrId);
        }

        var member = new GroupMember
        {
            GroupId = groupId,
            UserId = user.Id,
            User = user,
        };
        context.GroupMembers.Add(member);
        context.Invalidations.Add(CacheInvalidation.OfUser(user.Id, Instant.Now(time)));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (store.IsTaken(exception))
        {
            return Refusal.Conflict("group_member_exists", $"{user.Name} is in the group {groupId} already.");
        }

        return member;
    }
}
